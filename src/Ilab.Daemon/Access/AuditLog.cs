using System.Text.Json;
using Ilab.Configuration.Service;
using Ilab.Posix.Files;

namespace Ilab.Daemon.Access;

/// <summary>
/// The audit log: one line of JSON for each call, in <c>audit.log</c> of the store's directory (mode 0600). It is appended to, and rotated by size:
/// <c>audit.log.1</c> is the newest of the older files. Lines that a full disk refuses are kept in memory until there is space again.
/// </summary>
internal sealed class AuditLog(ServiceOptions options, PolicyFile policy, ILogger<AuditLog> log) : IDisposable
{
    private const int MostWaiting = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _waiting = new();
    private AppendFile? _file;
    private bool _failed;

    public string FilePath { get; } = Path.Combine(options.Paths.StoreDirectory, "audit.log");

    public void Add(AuditRecord record)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(record, AuditJson.Default.AuditRecord);
        lock (_gate)
        {
            _waiting.Enqueue([.. line, (byte)'\n']);
            if (_waiting.Count > MostWaiting)
            {
                _waiting.Dequeue();
            }

            TryWrite();
        }
    }

    /// <summary>All lines on disk, oldest first. A line that is cut off, after a crash, is left out.</summary>
    public IEnumerable<(AuditRecord Record, string Line)> Read()
    {
        for (var age = policy.Current.AuditFiles; age >= 0; age--)
        {
            var path = NameOf(age);
            foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
            {
                if (Parse(line) is { } record)
                {
                    yield return (record, line);
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private static AuditRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void TryWrite()
    {
        try
        {
            while (_waiting.TryPeek(out var line))
            {
                _file ??= new AppendFile(FilePath);
                if (_file.Length > 0 && _file.Length + line.Length > policy.Current.AuditSize)
                {
                    Rotate();
                }

                _file.Write(line);
                _waiting.Dequeue();
            }

            _failed = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
            {
                AccessLog.AuditNotWritten(log, FilePath, exception.Message);
            }

            _failed = true;
        }
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        var most = policy.Current.AuditFiles;
        File.Delete(NameOf(most));
        for (var age = most - 1; age >= 0; age--)
        {
            if (File.Exists(NameOf(age)))
            {
                File.Move(NameOf(age), NameOf(age + 1), overwrite: true);
            }
        }

        _file = new AppendFile(FilePath);
    }

    private string NameOf(int age) => age == 0 ? FilePath : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{FilePath}.{age}");
}
