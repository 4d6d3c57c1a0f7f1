using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using nietras.SeparatedValues;

namespace Ilab.Data.Datasets.Files;

/// <summary>
/// Reads CSV and TSV files with a header, using Sep: each row becomes an object with the columns as keys. Empty cells are omitted. Cells of <c>messages</c>,
/// <c>conversations</c> and <c>metadata</c> contain JSON.
/// </summary>
internal static class CsvRecords
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static readonly string[] JsonColumns = ["messages", "conversations", "metadata"];

    /// <returns>Null if the file name is not that of a CSV or TSV file.</returns>
    public static char? SeparatorOf(string fileName) =>
        Path.GetExtension(fileName).ToLowerInvariant() switch
        {
            ".csv" => ',',
            ".tsv" => '\t',
            _ => null,
        };

    /// <exception cref="FormatException">Not UTF-8, no header, or a row that is too long.</exception>
    public static async IAsyncEnumerable<RawRecord> ReadAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        char separator,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var text = new StreamReader(new ChunkStream(pieces, cancellationToken), Strict, detectEncodingFromByteOrderMarks: true);
        using var reader = await OpenAsync(text, separator, cancellationToken).ConfigureAwait(false);
        var names = reader.Header.ColNames;
        while (await MoveAsync(reader, cancellationToken).ConfigureAwait(false))
        {
            yield return Convert(reader.Current, names);
        }
    }

    private static async Task<SepReader> OpenAsync(StreamReader text, char separator, CancellationToken cancellationToken)
    {
        try
        {
            var options = Sep.New(separator).Reader(static options => options with { Unescape = true, DisableColCountCheck = true, DisableFastFloat = true });
            return await options.FromAsync(text, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (Translate(exception) is { } said)
        {
            throw said;
        }
    }

    private static async ValueTask<bool> MoveAsync(SepReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.MoveNextAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (Translate(exception) is { } said)
        {
            throw said;
        }
    }

    private static FormatException? Translate(Exception exception) =>
        exception switch
        {
            DecoderFallbackException => new FormatException("it is not UTF-8", exception),
            NotSupportedException => new FormatException($"a row is longer than {RecordFile.Longest} characters, or a quotation mark is not closed", exception),
            ArgumentException => new FormatException("two columns have the same name", exception),
            _ => null,
        };

    private static RawRecord Convert(SepReader.Row row, IReadOnlyList<string> names)
    {
        var number = row.LineNumberFrom;
        if (row.ColCount != names.Count)
        {
            return new RawRecord(number, default, $"has {row.ColCount} columns, but the header has {names.Count}");
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, RecordFile.Writing))
        {
            writer.WriteStartObject();
            for (var index = 0; index < names.Count; index++)
            {
                var cell = row[index].Span;
                if (cell.IsEmpty)
                {
                    continue;
                }

                if (!JsonColumns.Contains(names[index]))
                {
                    writer.WriteString(names[index], cell);
                }
                else if (!TryWriteJson(writer, names[index], cell))
                {
                    return new RawRecord(number, default, $"{names[index]} is not JSON");
                }
            }

            writer.WriteEndObject();
        }

        return new RawRecord(number, stream.ToArray());
    }

    private static bool TryWriteJson(Utf8JsonWriter writer, string name, ReadOnlySpan<char> cell)
    {
        try
        {
            using var json = JsonDocument.Parse(cell.ToString(), new JsonDocumentOptions { MaxDepth = 60 });
            writer.WritePropertyName(name);
            json.RootElement.WriteTo(writer);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
