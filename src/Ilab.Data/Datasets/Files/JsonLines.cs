using System.Runtime.CompilerServices;

namespace Ilab.Data.Datasets.Files;

/// <summary>Reads JSONL files: each line is a record.</summary>
internal static class JsonLines
{
    /// <exception cref="FormatException">A line is too long.</exception>
    public static async IAsyncEnumerable<RawRecord> ReadAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var lines = new LineSplitter(RecordFile.Longest);
        await foreach (var piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var line in lines.Add(piece))
            {
                yield return new RawRecord(lines.Number, line);
            }
        }

        if (lines.End() is { } last)
        {
            yield return new RawRecord(lines.Number, last);
        }
    }
}
