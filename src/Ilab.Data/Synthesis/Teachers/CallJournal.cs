using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Engine.Jobs;

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

/// <summary>All completions of the teacher. A repeated run finds its completions here and produces the same samples.</summary>
internal sealed class CallJournal : IAsyncDisposable
{
    private readonly Dictionary<string, JournalEntry> _known = new(StringComparer.Ordinal);
    private readonly JobJournal _journal;

    private CallJournal(string path) =>
        _journal = JobJournal.Open(
            path,
            line =>
            {
                var entry = JsonSerializer.Deserialize(line.Span, JournalJson.Default.JournalEntry)!;
                _known.TryAdd(entry.Key, entry);
            }
        );

    /// <summary>Number of entries when it was opened.</summary>
    public int Count => _known.Count;

    public static CallJournal Open(string path) => new(path);

    public JournalEntry? Find(string key, string hash) => _known.TryGetValue(key, out var entry) && entry.Hash == hash ? entry : null;

    /// <summary>Returns when the entry is durable.</summary>
    public Task AddAsync(JournalEntry entry) => _journal.AddAsync(JsonSerializer.SerializeToUtf8Bytes(entry, JournalJson.Default.JournalEntry));

    public ValueTask DisposeAsync() => _journal.DisposeAsync();
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalJson : JsonSerializerContext;
