using System.Runtime.CompilerServices;
using Ilab.Data.Isolation;

namespace Ilab.Data.Datasets.Files;

/// <summary>Reads Parquet files with <see cref="ParquetProgram"/>, which sends the rows as JSONL.</summary>
internal static class ParquetRecords
{
    /// <summary>A row group must fit into memory; a file of a gigabyte takes minutes.</summary>
    public static readonly ReaderLimits Limits = new(TimeSpan.FromHours(1), HeapBytes: 4L << 30, OutputBytes: 64L << 30);

    /// <exception cref="Engine.Errors.EngineException">INVALID_ARGUMENT: it cannot be read, or not within the limits.</exception>
    public static async IAsyncEnumerable<RawRecord> ReadAsync(
        string fileName,
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        ReaderLimits limits,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var process = ReaderProcess.Start(fileName, ParquetProgram.Verb, [], limits, cancellationToken);
        await process.SendAsync(pieces).ConfigureAwait(false);
        await foreach (var record in JsonLines.ReadAsync(OutputAsync(process), cancellationToken).ConfigureAwait(false))
        {
            yield return record;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> OutputAsync(ReaderProcess process)
    {
        var buffer = new byte[256 << 10];
        while (await process.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
        {
            yield return buffer.AsMemory(0, read);
        }
    }
}
