using System.Runtime.CompilerServices;

namespace Ilab.Data.Datasets.Files;

/// <summary>Reads JSON files: each line is a record, or the file is one array of records.</summary>
internal static class JsonLines
{
    /// <exception cref="FormatException">A record is too long, or the file goes on after its array.</exception>
    public static async IAsyncEnumerable<RawRecord> ReadAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var lines = new LineSplitter(RecordFile.Longest);
        var start = new MemoryStream();
        JsonArrayReader? array = null;
        var isKnown = false;
        await foreach (var piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var next = piece;
            if (!isKnown)
            {
                // The first byte that is no white space tells: no line of JSON Lines is an array.
                start.Write(piece.Span);
                if (start.Length > RecordFile.Longest)
                {
                    throw new FormatException($"it begins with more than {RecordFile.Longest} bytes of white space");
                }

                if (FirstByte(start.GetBuffer().AsSpan(0, (int)start.Length)) is not { } first)
                {
                    continue;
                }

                (isKnown, next) = (true, start.ToArray());
                array = first == '[' ? new JsonArrayReader(RecordFile.Longest) : null;
            }

            foreach (var record in array?.Add(next) ?? Lines(lines, next))
            {
                yield return record;
            }
        }

        if (array is not null)
        {
            if (array.End() is { } problem)
            {
                yield return problem;
            }
        }
        else if (lines.End() is { } last)
        {
            yield return new RawRecord(lines.Number, last);
        }
    }

    private static IEnumerable<RawRecord> Lines(LineSplitter lines, ReadOnlyMemory<byte> piece)
    {
        foreach (var line in lines.Add(piece))
        {
            yield return new RawRecord(lines.Number, line);
        }
    }

    private static byte? FirstByte(ReadOnlySpan<byte> text)
    {
        var mark = "\uFEFF"u8;
        if (text.Length < mark.Length && mark.StartsWith(text))
        {
            return null; // perhaps a byte order mark
        }

        text = text.StartsWith(mark) ? text[mark.Length..] : text;
        var first = text.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? null : text[first];
    }
}
