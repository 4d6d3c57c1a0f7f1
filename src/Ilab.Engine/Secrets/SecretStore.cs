using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Posix.Files;

namespace Ilab.Engine.Secrets;

/// <summary>
/// Credentials, in files that only the service can read: <c>secrets/users/UID/NAME</c> are the named ones of each user, <c>secrets/jobs/ID</c> those that were
/// given to one job, which end with it. Everything else refers to a secret by name, or by being that job.
/// </summary>
public sealed partial class SecretStore
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int Longest = 64 << 10;

    private readonly string _users;
    private readonly string _jobs;
    private readonly Lock _gate = new();

    public SecretStore(EngineOptions options)
        : this(options.StoreDirectory) { }

    /// <param name="store">The store's directory.</param>
    internal SecretStore(string store)
    {
        Folder = Path.Combine(store, "secrets");
        (_users, _jobs) = (Path.Combine(Folder, "users"), Path.Combine(Folder, "jobs"));
    }

    public string Folder { get; }

    /// <exception cref="EngineException">INVALID_ARGUMENT: it cannot be sent as a credential.</exception>
    public static string Check(string value)
    {
        var text = value.Trim();
        return text.Length is > 0 and <= Longest && text.All(static character => character is >= ' ' and <= '~')
            ? text
            : throw new EngineException(
                ErrorKind.InvalidArgument,
                text.Length == 0 ? "the secret is empty" : "the secret cannot be sent as a credential",
                $"a secret is one line of at most {Longest} printable ASCII characters"
            );
    }

    /// <summary>Stores a named secret of a user.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT; ALREADY_EXISTS, unless <paramref name="replace"/> is true.</exception>
    public void Create(Caller owner, string name, string value, bool replace)
    {
        var path = PathOf(owner.Uid, name);
        var text = Check(value);
        lock (_gate)
        {
            if (!replace && File.Exists(path))
            {
                throw new EngineException(ErrorKind.AlreadyExists, $"the secret {name} exists", "choose another name, or replace it with --replace");
            }

            Write(path, text);
        }
    }

    /// <summary>The secrets that a caller may know of, without their values: their own; an admin's list has all.</summary>
    public IReadOnlyList<SecretInfo> List(Caller caller) =>
        [
            .. from folder in Directory.Exists(_users) ? Directory.GetDirectories(_users) : []
            let owner = uint.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)
            where caller.Owns(owner)
            from file in Directory.GetFiles(folder)
            let name = Path.GetFileName(file)
            where Names().IsMatch(name)
            orderby owner == caller.Uid ? 0 : 1, owner, name
            select new SecretInfo(name, owner, File.GetLastWriteTimeUtc(file)),
        ];

    /// <param name="owner">Whose; null = the caller's.</param>
    /// <exception cref="EngineException">NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT.</exception>
    public void Remove(Caller caller, uint? owner, string name)
    {
        caller.RequireOwner(owner ?? caller.Uid, $"the secret {name}");
        var path = PathOf(owner ?? caller.Uid, name);
        lock (_gate)
        {
            if (!File.Exists(path))
            {
                throw Missing(name);
            }

            File.Delete(path);
            FileSystem.SyncDirectory(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>Checks that a user has a secret of that name.</summary>
    /// <exception cref="EngineException">NOT_FOUND, INVALID_ARGUMENT.</exception>
    public void Require(uint owner, string name)
    {
        if (!File.Exists(PathOf(owner, name)))
        {
            throw Missing(name);
        }
    }

    /// <summary>The value of a named secret.</summary>
    /// <exception cref="EngineException">NOT_FOUND, INVALID_ARGUMENT.</exception>
    public string Read(uint owner, string name) => TryRead(PathOf(owner, name)) ?? throw Missing(name);

    /// <summary>The secret that was given to a job; null if none was.</summary>
    public string? OfJob(string job) => TryRead(Path.Combine(_jobs, job));

    /// <summary>Stores a secret for one job, durably.</summary>
    internal void PutForJob(string job, string value) => Write(Path.Combine(_jobs, job), value);

    /// <summary>Removes the secret of a job that has ended, or did not come to be.</summary>
    internal void ForgetJob(string job)
    {
        if (Directory.Exists(_jobs))
        {
            File.Delete(Path.Combine(_jobs, job));
        }
    }

    /// <summary>Removes the secrets of all jobs but these.</summary>
    internal void ForgetJobsExcept(IReadOnlySet<string> unfinished)
    {
        foreach (var file in Directory.Exists(_jobs) ? Directory.GetFiles(_jobs) : [])
        {
            if (!unfinished.Contains(Path.GetFileName(file)))
            {
                File.Delete(file);
            }
        }
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static EngineException Missing(string name) =>
        new(ErrorKind.NotFound, $"no such secret: {name}", "'ilab secret ls' lists yours; 'ilab secret create' adds one");

    private string PathOf(uint owner, string name) =>
        Names().IsMatch(name)
            ? Path.Combine(_users, owner.ToString(CultureInfo.InvariantCulture), name)
            : throw new EngineException(
                ErrorKind.InvalidArgument,
                $"\"{name}\" is not a valid name of a secret",
                "use up to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"
            );

    /// <summary>Under a temporary name of the same mode, then renamed: a reader never sees half of it.</summary>
    private void Write(string path, string value)
    {
        var folder = Path.GetDirectoryName(path)!;
        foreach (var each in new[] { Folder, Path.GetDirectoryName(folder)!, folder })
        {
            FileSystem.CreateDurableDirectory(each, PrivateFolder);
        }

        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}");
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = PrivateFile,
                BufferSize = 0,
            };
            using (var file = new FileStream(temporary, options))
            {
                file.Write(Encoding.UTF8.GetBytes(value));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FileSystem.SyncDirectory(folder);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Names();
}

/// <summary>A named secret, without its value.</summary>
/// <param name="Owner">User id.</param>
public sealed record SecretInfo(string Name, uint Owner, DateTimeOffset Created);
