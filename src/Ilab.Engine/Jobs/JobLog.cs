using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Posix.Files;

namespace Ilab.Engine.Jobs;

/// <summary>
/// The event log of one job: each entry is a length (4 bytes), a checksum (4 bytes) and JSON. The log is authoritative for the job's state. A torn entry at the
/// end, left by a crash during a write, is truncated when the log is opened.
/// </summary>
internal sealed class JobLog : IDisposable
{
    private const int HeaderLength = 8;
    private const int LongestEntry = 1 << 20;
    private const int LongestText = 1 << 16;

    private readonly FileStream _file;
    private readonly string _directory;
    private readonly Lock _gate = new();
    private long _end;
    private bool _isNamed;

    public JobLog(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        _file = new FileStream(Path.Combine(directory, "events"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
        Earlier = Read(_file, 0, out _end);
        LastSequence = Earlier.Count > 0 ? Earlier[^1].Sequence : 0;
        _file.SetLength(_end);
    }

    /// <summary>Entries that existed when the log was opened.</summary>
    public IReadOnlyList<JobEventRecord> Earlier { get; }

    public ulong LastSequence { get; private set; }

    public static IReadOnlyList<JobEventRecord> ReadAll(string directory)
    {
        long position = 0;
        return ReadOn(directory, ref position);
    }

    /// <summary>Reads the entries added since the last call.</summary>
    /// <param name="position">Where to start; updated to where to continue.</param>
    public static IReadOnlyList<JobEventRecord> ReadOn(string directory, ref long position)
    {
        var path = Path.Combine(directory, "events");
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(file, position, out position);
    }

    /// <summary>Appends an entry; texts of an entry too long to send to a client are truncated.</summary>
    /// <exception cref="IOException">Nothing was added.</exception>
    /// <param name="durable">Whether it must be on disk on return: true for the end of the job, false for what can be lost or is in the database as
    /// well.</param>
    public JobEventRecord Append(JobEventRecord entry, bool durable)
    {
        lock (_gate)
        {
            entry = entry with { Sequence = LastSequence + 1 };
            var json = JsonSerializer.SerializeToUtf8Bytes(entry, JobsJson.Default.JobEventRecord);
            if (json.Length > LongestEntry)
            {
                entry = Shorten(entry);
                json = JsonSerializer.SerializeToUtf8Bytes(entry, JobsJson.Default.JobEventRecord);
            }

            var record = new byte[HeaderLength + json.Length];
            BinaryPrimitives.WriteInt32LittleEndian(record, json.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Checksum(json));
            json.CopyTo(record, HeaderLength);
            _file.Position = _end; // overwrite what a failed write left
            _file.Write(record);
            if (durable)
            {
                _file.Flush(flushToDisk: true);
                MakeNamesDurable();
            }

            _end += record.Length;
            LastSequence = entry.Sequence;
            return entry;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A power loss must not lose a log with synced entries: once, all directory entries on the way to it are synced as well.</summary>
    private void MakeNamesDurable()
    {
        if (!_isNamed)
        {
            FileSystem.SyncDirectory(_directory);
            FileSystem.SyncDirectory(Path.GetDirectoryName(_directory)!);
            _isNamed = true;
        }
    }

    private static JobEventRecord Shorten(JobEventRecord entry) =>
        entry with
        {
            Log = entry.Log is { } line ? line with { Text = Shorten(line.Text) } : null,
            Progress = entry.Progress is { } progress ? progress with { Item = Shorten(progress.Item), Detail = Shorten(progress.Detail) } : null,
            State = entry.State is { } state ? state with { Reason = Shorten(state.Reason), Error = Shorten(state.Error) } : null,
        };

    private static JobError? Shorten(JobError? error) => error is null ? null : error with { Message = Shorten(error.Message), Hint = Shorten(error.Hint) };

    private static string Shorten(string text) => text.Length <= LongestText ? text : $"{text[..LongestText]}... ({text.Length - LongestText} characters more)";

    private static uint Checksum(byte[] json) => BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(json));

    private static List<JobEventRecord> Read(FileStream file, long start, out long end)
    {
        var entries = new List<JobEventRecord>();
        var header = new byte[HeaderLength];
        end = start;
        file.Position = start;
        while (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) == HeaderLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length <= 0 || length > file.Length - file.Position) // any length: the checksum tells whether it is an entry
            {
                break;
            }

            var json = new byte[length];
            file.ReadExactly(json);
            if (Checksum(json) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                break;
            }

            entries.Add(JsonSerializer.Deserialize(json, JobsJson.Default.JobEventRecord)!);
            end = file.Position;
        }

        return entries;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JobEventRecord))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class JobsJson : JsonSerializerContext;
