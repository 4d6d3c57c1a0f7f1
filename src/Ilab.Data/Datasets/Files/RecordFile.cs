using System.Text.Encodings.Web;
using System.Text.Json;
using Ilab.Data.Isolation;

namespace Ilab.Data.Datasets.Files;

/// <summary>One record of a file, before its meaning is known.</summary>
/// <param name="Number">Of its line; of its row in a file without lines.</param>
/// <param name="Json">One JSON object; empty when there is a <paramref name="Problem"/>.</param>
/// <param name="Problem">What keeps it from being a record; null = nothing so far.</param>
internal readonly record struct RawRecord(long Number, ReadOnlyMemory<byte> Json, string? Problem = null);

/// <summary>Files of records as a sequence of JSON objects, whatever their format; the extension says which it is.</summary>
internal static class RecordFile
{
    /// <summary>Records are JSON for people, too: characters stay what they are.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Bytes of one record.</summary>
    public const int Longest = 16 << 20;

    /// <summary>What a record's number counts.</summary>
    public static string NounOf(string fileName) => IsParquet(fileName) ? "row" : "line";

    /// <summary>What the formats have in common, for messages.</summary>
    public static string HintFor(string fileName) =>
        IsParquet(fileName) || CsvRecords.SeparatorOf(fileName) is not null
            ? "each row needs messages, or columns such as prompt and completion"
            : "a dataset is JSONL: one object per line";

    /// <param name="limits">For formats that are read in a process of their own; null = their usual ones.</param>
    /// <exception cref="FormatException">The file is not of its format.</exception>
    public static IAsyncEnumerable<RawRecord> ReadAsync(
        string fileName,
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        CancellationToken cancellationToken,
        ReaderLimits? limits = null
    ) =>
        IsParquet(fileName) ? ParquetRecords.ReadAsync(fileName, pieces, limits ?? ParquetRecords.Limits, cancellationToken)
        : CsvRecords.SeparatorOf(fileName) is { } separator ? CsvRecords.ReadAsync(pieces, separator, cancellationToken)
        : JsonLines.ReadAsync(pieces, cancellationToken);

    private static bool IsParquet(string fileName) => fileName.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);
}
