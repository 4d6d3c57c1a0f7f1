using Ilab.Configuration.Access;
using Ilab.Configuration.Service;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Posix.Files;

namespace Ilab.Daemon.Access;

/// <summary>
/// The policy in force: read at startup, and again when the file has changed (looked at once a second, when there are calls) or on SIGHUP. A file that cannot
/// be used keeps the service from starting; later, the last good policy stays in force, and the log says why. A file that is gone counts as changed on SIGHUP
/// only: an editor may be replacing it.
/// </summary>
internal sealed class PolicyFile
{
    private static readonly FileIdentity Unreadable = new() { Owner = Caller.Service.Uid };
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger<PolicyFile> _log;
    private readonly Lock _gate = new();
    private volatile Policy _policy;
    private FileIdentity? _seen;
    private long _looked;

    /// <exception cref="EngineException">INVALID_ARGUMENT: the file cannot be used; all problems, each with its line.</exception>
    public PolicyFile(ServiceOptions options, TimeProvider time, ILogger<PolicyFile> log)
    {
        (_path, _time, _log) = (options.PolicyPath, time, log);
        _looked = time.GetTimestamp();
        _seen = Look();
        if (_seen is null && options.IsPolicyRequired)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"the policy file {_path} does not exist", "create it, or leave out --policy");
        }

        var (policy, problems) = Read();
        _policy = problems.Count == 0 ? policy : throw new EngineException(ErrorKind.InvalidArgument, string.Join("; ", problems));
    }

    /// <summary>The policy in force.</summary>
    public Policy Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _looked)) > Interval)
            {
                Refresh(force: false);
            }

            return _policy;
        }
    }

    /// <summary>Path of the file, which need not exist.</summary>
    public string Path => _path;

    /// <summary>Reads the file again, even if it looks unchanged.</summary>
    public void Reload() => Refresh(force: true);

    private void Refresh(bool force)
    {
        lock (_gate)
        {
            Volatile.Write(ref _looked, _time.GetTimestamp());
            var now = Look();
            if (!force && (now is null || now == _seen))
            {
                return;
            }

            _seen = now;
            var (policy, problems) = Read();
            if (problems.Count == 0)
            {
                _policy = policy;
                AccessLog.PolicyRead(_log, _path);
            }
            else
            {
                AccessLog.PolicyNotUsed(_log, string.Join("; ", problems));
            }
        }
    }

    private FileIdentity? Look()
    {
        try
        {
            return FileSystem.IdentityOf(_path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unreadable; // it is there: reading it says why it cannot be used
        }
    }

    private (Policy Policy, IReadOnlyList<string> Problems) Read()
    {
        if (_seen is not { } file)
        {
            return (Policy.Default, []);
        }

        if (!file.BelongsTo(0) && !file.BelongsTo(Caller.Service.Uid))
        {
            return (Policy.Default, [$"{_path}: only root and the service's user may own the policy file and write to it: check its owner and mode"]);
        }

        try
        {
            return PolicyReader.Read(_path, File.ReadLines(_path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (Policy.Default, [$"{_path}: {exception.Message}"]);
        }
    }
}
