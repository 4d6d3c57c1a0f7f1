using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>A completed teacher request.</summary>
/// <param name="Text">Null = no usable completion.</param>
/// <param name="Reason">Why there is none.</param>
internal sealed record JournalEntry(
    [property: JsonPropertyName("k")] string Key,
    [property: JsonPropertyName("h")] string Hash,
    [property: JsonPropertyName("t")] string? Text,
    [property: JsonPropertyName("r")] string? Reason,
    [property: JsonPropertyName("p")] int PromptTokens,
    [property: JsonPropertyName("a")] int AnswerTokens
);

/// <summary>
/// All completions of the teacher, durable before they are used: one per line, flushed in groups. A torn end left by a crash is truncated. A repeated run finds
/// its completions here and produces the same samples.
/// </summary>
internal sealed class CallJournal : IAsyncDisposable
{
    private readonly Dictionary<string, JournalEntry> _known;
    private readonly FileStream _file;
    private readonly Channel<(byte[] Line, TaskCompletionSource Written)> _lines = Channel.CreateUnbounded<(byte[], TaskCompletionSource)>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Task _writing;

    private CallJournal(FileStream file, Dictionary<string, JournalEntry> known)
    {
        _file = file;
        _known = known;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Number of entries when it was opened.</summary>
    public int Count => _known.Count;

    public static CallJournal Open(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
        var known = Read(file, out var end);
        file.SetLength(end);
        file.Position = end;
        return new CallJournal(file, known);
    }

    public JournalEntry? Find(string key, string hash) => _known.TryGetValue(key, out var entry) && entry.Hash == hash ? entry : null;

    /// <summary>Returns when the entry is durable.</summary>
    public Task AddAsync(JournalEntry entry)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, JournalJson.Default.JournalEntry), (byte)'\n'];
        return _lines.Writer.TryWrite((line, written)) ? written.Task : Task.FromException(new ObjectDisposedException(nameof(CallJournal)));
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    private static Dictionary<string, JournalEntry> Read(FileStream file, out long end)
    {
        var known = new Dictionary<string, JournalEntry>(StringComparer.Ordinal);
        end = 0;
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        for (int next; (next = bytes.AsSpan((int)end).IndexOf((byte)'\n')) >= 0; end += next + 1)
        {
            try
            {
                var entry = JsonSerializer.Deserialize(bytes.AsSpan((int)end, next), JournalJson.Default.JournalEntry)!;
                known.TryAdd(entry.Key, entry);
            }
            catch (JsonException)
            {
                break; // torn: everything after it was never acknowledged
            }
        }

        return known;
    }

    private async Task WriteAsync()
    {
        var together = new List<TaskCompletionSource>();
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                while (_lines.Reader.TryRead(out var next))
                {
                    together.Add(next.Written);
                    _file.Write(next.Line);
                }

                _file.Flush(flushToDisk: true);
                together.ForEach(static written => written.TrySetResult());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                together.ForEach(written => written.TrySetException(exception));
            }

            together.Clear();
        }
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalJson : JsonSerializerContext;
