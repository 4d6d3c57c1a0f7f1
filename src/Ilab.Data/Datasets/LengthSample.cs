using Ilab.Engine.Wizard.Facts;

namespace Ilab.Data.Datasets;

/// <summary>Lengths of the records of JSON lines. Of a large file, lines at places that are evenly spread are read.</summary>
public static class LengthSample
{
    private const int Whole = 1 << 20, // bytes of files that are read as a whole
        Places = 64,
        Block = 1 << 16,
        MostPerPlace = 8,
        MostRecords = Places * MostPerPlace,
        MarkersOfAMessage = 8; // tokens that templates set around it

    /// <param name="stream">The file; can be searched.</param>
    /// <param name="count">Tokens of a text; null = a quarter of its characters.</param>
    /// <returns>Null when it has no records, or none that can be seen without reading it whole.</returns>
    public static LengthFacts? Measure(Stream stream, Func<string, int>? count, CancellationToken cancellationToken)
    {
        var (lines, records) = stream.Length <= Whole ? Small(stream) : Large(stream, cancellationToken);
        var lengths = new List<int>(lines.Count);
        foreach (var line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TokensOf(line, count) is { } tokens)
            {
                lengths.Add(tokens);
            }
        }

        lengths.Sort();
        return lengths.Count > 0 ? new LengthFacts(lengths, records, count is not null) : null;
    }

    private static (IReadOnlyList<byte[]> Lines, long Records) Small(Stream stream)
    {
        var bytes = new byte[stream.Length];
        stream.Position = 0;
        stream.ReadExactly(bytes);
        var all = Split(bytes, isStart: true, isEnd: true);
        var step = Math.Max(1, (all.Count + MostRecords - 1) / MostRecords);
        return ([.. all.Where((_, index) => index % step == 0)], all.Count);
    }

    private static (IReadOnlyList<byte[]> Lines, long Records) Large(Stream stream, CancellationToken cancellationToken)
    {
        var lines = new List<byte[]>();
        var block = new byte[Block];
        for (var place = 0; place < Places; place++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Position = stream.Length / Places * place;
            var read = stream.ReadAtLeast(block, Block, throwOnEndOfStream: false);
            lines.AddRange(Split(block.AsSpan(0, read), place == 0, isEnd: false).Take(MostPerPlace));
        }

        return (lines, lines.Count == 0 ? 0 : (long)(stream.Length / lines.Average(static line => line.Length + 1.0)));
    }

    /// <summary>Lines that are there from their beginning to their end.</summary>
    private static List<byte[]> Split(ReadOnlySpan<byte> bytes, bool isStart, bool isEnd)
    {
        var lines = new List<byte[]>();
        var rest = isStart ? bytes : bytes[(bytes.IndexOf((byte)'\n') + 1)..];
        if (!isStart && rest.Length == bytes.Length)
        {
            return lines;
        }

        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0 || (isEnd && rest.Length > 0); )
        {
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (line.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                lines.Add(line.ToArray());
            }
        }

        return lines;
    }

    /// <summary>Null = no record: what reads all of them says so.</summary>
    private static int? TokensOf(byte[] line, Func<string, int>? count)
    {
        try
        {
            var text = line.AsSpan().StartsWith("\uFEFF"u8) ? line.AsMemory(3) : line;
            var messages = RecordFormat.Read(text, keepsPlain: true).Messages;
            return messages.Sum(message => (count?.Invoke(message.Content) ?? ((message.Content.Length + 3) / 4)) + MarkersOfAMessage);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
