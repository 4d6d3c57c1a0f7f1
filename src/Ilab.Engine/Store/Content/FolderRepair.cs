using Ilab.Posix.Files;

namespace Ilab.Engine.Store.Content;

/// <summary>
/// Gives folders their x bit back. Until commit 971a393 the service started under the umask 0177 and created folders of mode 0600, which only root can use.
/// Looked at are the folders that the service and its runners create themselves and that belong to this user; of these only mode 0600 is changed, to 0700.
/// Links are not followed.
/// </summary>
/// <param name="store">Folder of content, database and jobs.</param>
/// <param name="runtime">Folder of the socket and of the runners.</param>
public sealed class FolderRepair(string store, string runtime)
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;
    private const UnixFileMode Broken = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int JobIdLength = 32,
        RunnerIdLength = 12;

    private readonly List<string> _repaired = [];
    private readonly uint _user = FileSystem.EffectiveUser();

    /// <summary>Paths of what was changed, in order.</summary>
    public IReadOnlyList<string> Repaired => _repaired;

    /// <summary>The two folders alone, before anything in them is opened.</summary>
    public void Roots()
    {
        IsUsable(store);
        IsUsable(runtime);
    }

    /// <summary>What lies in them, at any depth. Nobody else may create folders there meanwhile.</summary>
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

    /// <summary>A folder of folders that are named by ids, with everything below.</summary>
    private void Trees(string folder, int idLength)
    {
        if (!IsUsable(folder))
        {
            return;
        }

        foreach (var path in Directory.EnumerateDirectories(folder))
        {
            // A folder that is being removed has a dot before its id.
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

    /// <summary>Repairs one folder when it needs it.</summary>
    /// <returns>Whether it is a folder of this user's that can be passed now.</returns>
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
