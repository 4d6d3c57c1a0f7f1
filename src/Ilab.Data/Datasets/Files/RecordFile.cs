using System.Text.Encodings.Web;
using System.Text.Json;
using Ilab.Data.Isolation;

namespace Ilab.Data.Datasets.Files;

/// <summary>A record of a file, before it is interpreted.</summary>
/// <param name="Number">Number of its line, or of its row in formats without lines.</param>
/// <param name="Json">One JSON object; empty if there is a <paramref name="Problem"/>.</param>
/// <param name="Problem">Why it is invalid; null = no problem so far.</param>
internal readonly record struct RawRecord(long Number, ReadOnlyMemory<byte> Json, string? Problem = null);

/// <summary>Reads files of records as a sequence of JSON objects; the extension determines the format.</summary>
internal static class RecordFile
{
    /// <summary>Records should be human-readable: characters are not escaped unnecessarily.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Maximum size of a record in bytes.</summary>
    public const int Longest = 16 << 20;

    /// <summary>The unit that a record's number counts.</summary>
    public static string NounOf(string fileName) => IsParquet(fileName) ? "row" : "line";

    /// <summary>A hint for error messages.</summary>
    public static string HintFor(string fileName) =>
        IsParquet(fileName) || CsvRecords.SeparatorOf(fileName) is not null
            ? "each row needs messages, or columns such as prompt and completion"
            : "a dataset is JSONL: one object per line";

    /// <param name="limits">For formats that are read in a separate process; null = default limits.</param>
    /// <exception cref="FormatException">The file is not valid in its format.</exception>
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
