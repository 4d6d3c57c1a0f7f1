using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ilab.Data.Datasets;

/// <summary>Collects statistics of a stream of records, using 16 bytes of memory per record.</summary>
internal sealed class StatisticsCollector
{
    private readonly HashSet<UInt128> _seen = [];
    private readonly SortedDictionary<string, long> _roles = new(StringComparer.Ordinal);
    private readonly long[] _user = new long[DatasetStatistics.Bounds.Count + 1];
    private readonly long[] _assistant = new long[DatasetStatistics.Bounds.Count + 1];
    private long _samples,
        _messages,
        _characters,
        _words,
        _duplicates;

    public long Samples => _samples;

    /// <returns>Whether no earlier record had the same messages.</returns>
    public bool Add(IReadOnlyList<RecordMessage> messages)
    {
        _samples++;
        long user = 0,
            assistant = 0;
        foreach (var (role, text) in messages)
        {
            var words = CountWords(text);
            _messages++;
            _words += words;
            _characters += text.EnumerateRunes().Count();
            _roles[role] = _roles.GetValueOrDefault(role) + 1;
            user += role == "user" ? words : 0;
            assistant += role == "assistant" ? words : 0;
        }

        _user[StepOf(user)]++;
        _assistant[StepOf(assistant)]++;
        var isNew = _seen.Add(Key(messages));
        _duplicates += isNew ? 0 : 1;
        return isNew;
    }

    public DatasetStatistics Result() =>
        new()
        {
            Samples = _samples,
            Messages = _messages,
            Characters = _characters,
            Words = _words,
            Duplicates = _duplicates,
            Roles = _roles,
            UserWords = [.. _user],
            AssistantWords = [.. _assistant],
        };

    public static int CountWords(string text)
    {
        var count = 0;
        var inside = false;
        foreach (var character in text)
        {
            var isBlank = char.IsWhiteSpace(character);
            count += !isBlank && !inside ? 1 : 0;
            inside = !isBlank;
        }

        return count;
    }

    /// <summary>A hash over roles and contents, for duplicate detection.</summary>
    public static UInt128 Key(IReadOnlyList<RecordMessage> messages)
    {
        var text = new StringBuilder();
        foreach (var (role, content) in messages)
        {
            text.Append(role).Append('\u0001').Append(content).Append('\u0002');
        }

        return BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static int StepOf(long words)
    {
        var step = 0;
        while (step < DatasetStatistics.Bounds.Count && words > DatasetStatistics.Bounds[step])
        {
            step++;
        }

        return step;
    }
}
