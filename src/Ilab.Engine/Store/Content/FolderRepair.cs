using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// Restores the x bit of directories. Until commit 971a393 the service started with umask 0177 and created directories of mode 0600, which only root can use.
/// Checks the directories created by the service and its runners that belong to this user; mode 0600 is changed to 0700, everything else is left alone.
/// Symbolic links are not followed.
/// </summary>
/// <param name="store">Directory of content, database and jobs.</param>
/// <param name="runtime">Directory of the socket and the runners.</param>
public sealed class FolderRepair(string store, string runtime)
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;
    private const UnixFileMode Broken = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int JobIdLength = 32,
        RunnerIdLength = 12;

    private readonly List<string> _repaired = [];
    private readonly uint _user = FileSystem.EffectiveUser();

    /// <summary>The repaired paths, in order.</summary>
    public IReadOnlyList<string> Repaired => _repaired;

    /// <summary>Repairs the two root directories, before anything in them is opened.</summary>
    public void Roots()
    {
        IsUsable(store);
        IsUsable(runtime);
    }

    /// <summary>Repairs their descendants. Nobody else may create directories there concurrently.</summary>
    public void Inside()
    {
        Named(store, "keys", "machine");
        if (IsUsable(Path.Combine(store, "content")))
        {
            Named(store, "content/quarantine");
            if (IsUsable(Path.Combine(store, "content", "blobs")))
            {
                Named(store, "content/blobs/sha256");
            }

            if (IsUsable(Path.Combine(store, "content", "ingest")))
            {
                Named(store, "content/ingest/resume");
            }
        }

        Trees(Path.Combine(store, "jobs"), JobIdLength);
        Named(runtime, "turns");
        Trees(Path.Combine(runtime, "runners"), RunnerIdLength);
    }

    private void Named(string parent, params string[] names) => Array.ForEach(names, name => IsUsable(Path.Combine(parent, name)));

    /// <summary>Repairs a directory of directories named by id, recursively.</summary>
    private void Trees(string folder, int idLength)
    {
        if (!IsUsable(folder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateDirectories(folder))
        {
            // A directory that is being removed has a dot before its id.
            var id = Path.GetFileName(path.AsSpan()).TrimStart('.');
            if (id.Length == idLength && !id.ContainsAnyExcept("0123456789abcdef"))
            {
                Tree(path);
            }
        }
    }

    private void Tree(string folder)
    {
        if (IsUsable(folder))
        {
            foreach (var path in Directory.EnumerateDirectories(folder))
            {
                Tree(path);
            }
        }
    }

    /// <summary>Repairs a directory if necessary.</summary>
    /// <returns>Whether it is a directory of this user that can now be traversed.</returns>
    private bool IsUsable(string path)
    {
        using var folder = FileSystem.OpenDirectory(path);
        if (folder.IsInvalid)
        {
            return false;
        }

        var identity = FileSystem.IdentityOf(folder);
        if (identity.Owner == _user && (identity.Mode & Permissions) == Broken)
        {
            File.SetUnixFileMode(folder, identity.Mode | UnixFileMode.UserExecute);
            _repaired.Add(path);
            return true;
        }

        return identity.Owner == _user && (identity.Mode & UnixFileMode.UserExecute) != 0;
    }
}
