using Ilab.Engine.Wizard.Facts;

namespace Ilab.Data.Datasets;

/// <summary>Counts the tokens of a record; see <see cref="RecordCounter.Count"/>.</summary>
public delegate (int Tokens, bool IsRendered) RecordCount(IReadOnlyList<RecordMessage> messages, ReadOnlyMemory<byte> record);

/// <summary>Lengths of the records of JSON lines. Of a large file, lines at places that are evenly spread are read.</summary>
public static class LengthSample
{
    private const int Whole = 1 << 20, // bytes of files that are read as a whole
        Places = 64,
        Block = 1 << 16,
        MostPerPlace = 8,
        MostRecords = Places * MostPerPlace;

    /// <param name="stream">The file; can be searched.</param>
    /// <param name="counter">Of the model that is trained; null = a quarter of the characters, and some for each message.</param>
    /// <returns>Null when it has no records, or none that can be seen without reading it whole.</returns>
    public static LengthFacts? Measure(Stream stream, RecordCount? counter, CancellationToken cancellationToken)
    {
        var (lines, records) = stream.Length <= Whole ? Small(stream) : Large(stream, cancellationToken);
        var (lengths, unrendered) = (new List<int>(lines.Count), 0);
        foreach (var line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TokensOf(line, counter) is var (tokens, isRendered))
            {
                lengths.Add(tokens);
                unrendered += isRendered ? 0 : 1;
            }
        }

        lengths.Sort();
        return lengths.Count > 0
            ? new LengthFacts(lengths, records, counter is not null) { MarkersTaken = unrendered > 0 ? RecordCounter.MarkersOfAMessage : 0 }
            : null;
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
    private static (int Tokens, bool IsRendered)? TokensOf(byte[] line, RecordCount? counter)
    {
        try
        {
            var text = line.AsSpan().StartsWith("\uFEFF"u8) ? line.AsMemory(3) : line;
            var (messages, record) = RecordFormat.Read(text, keepsPlain: true);
            return counter?.Invoke(messages, record) ?? (RecordCounter.Estimate(messages, static content => (content.Length + 3) / 4), false);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
