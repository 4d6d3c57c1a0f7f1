using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Datasets.Files;
using Ilab.Data.Isolation;
using Ilab.Engine.Errors;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Ilab.Data.Tests.Datasets.Files;

/// <summary>Parquet to records: flat columns, lists of messages, several groups of rows, and files that are made to hurt.</summary>
public sealed class ParquetRecordsTests
{
    /// <summary>Three rows, written with hyparquet-writer.</summary>
    private const string OfAnotherWriter =
        "UEFSMRUGFXIVdlwVBhUAFQYVABUEFQAAAAMHN9gZAAAASG93IG1hbnkgbGVncyBoYXMgYSBiaXJkPwoAAABBbmQgYSBkb2c/CAAAAEEgc25ha2U/FQYVJhUq"
        + "XBUGFQIVBhUAFQQVAAAAAwMRQAQAAABUd28uBQAAAEZvdXIuFQYVMBU0XBUGFQIVBhUAFQQVAAAAAwMWVAcAAAB7Im4iOjF9BwAAAHsibiI6Mn0VBBlMSARy"
        + "b290FQYAFQwlAhgLaW5zdHJ1Y3Rpb24lAAAVDCUCGAZvdXRwdXQlAAAVDCUCGAhtZXRhZGF0YSUmABYGGRwZPCYIHBUMGRUAGRgLaW5zdHJ1Y3Rpb24VAhYG"
        + "FpwBFqABJgg8NgAoEEhvdyBtYW55IGxlZ3MgaGIYCEEgc25ha2U/EgAZHBUGFQAVAgAAACaoARwVDBkVABkYBm91dHB1dBUCFgYWUBZUJqgBPDYCKARUd28u"
        + "GAVGb3VyLgAZHBUGFQAVAgAAACb8ARwVDBkVABkYCG1ldGFkYXRhFQIWBhZaFl4m/AE8NgIoB3sibiI6Mn0YB3sibiI6MX0AGRwVBhUAFQIAAAAWxgIWBjbS"
        + "AgAoCWh5cGFycXVldBk8HAAAHAAAHAAAAC4BAABQQVIx";

    private static readonly ReaderLimits Small = new(TimeSpan.FromSeconds(60), HeapBytes: 256 << 20, OutputBytes: 4 << 20);

    [Fact]
    public async Task FlatColumnsOfSeveralGroupsBecomeRecords()
    {
        var schema = new ParquetSchema(new DataField<string>("prompt"), new DataField<string>("completion"), new DataField<int?>("score"));
        var rows = Enumerable
            .Range(0, 250)
            .Select(static index => Row(("prompt", $"p{index}"), ("completion", $"c{index}"), ("score", (object?)(index % 2 == 0 ? index : null))))
            .ToList();
        var records = await ReadAsync(await WriteAsync(schema, rows, 100), Small);
        Assert.Equal(rows.Select(static row => (string)row["completion"]!), records.Select(static record => record.Messages[1].Content));
        Assert.Equal("{\"prompt\":\"p0\",\"completion\":\"c0\",\"score\":0}", records[0].Json);
        Assert.Equal("{\"prompt\":\"p1\",\"completion\":\"c1\"}", records[1].Json);
        Assert.Equal(250, records[^1].Number);
    }

    [Fact]
    public async Task ListsOfMessagesBecomeConversations()
    {
        var schema = new ParquetSchema(new ListField("messages", new StructField("element", new DataField<string>("role"), new DataField<string>("content"))));
        var rows = new[] { 2, 4 }
            .Select(static count =>
                Row(
                    (
                        "messages",
                        Enumerable
                            .Range(0, count)
                            .Select(static index => Row(("role", index % 2 == 0 ? "user" : "assistant"), ("content", $"m{index}")))
                            .ToList()
                    )
                )
            )
            .ToList();
        var records = await ReadAsync(await WriteAsync(schema, rows, 100), Small);
        Assert.Equal(["m0 m1", "m0 m1 m2 m3"], records.Select(static record => string.Join(' ', record.Messages.Select(static message => message.Content))));
    }

    /// <summary>Another program wrote it, with Snappy and a column of JSON: the package's own files prove little about those of others.</summary>
    [Fact]
    public async Task AFileOfAnotherWriterIsRead()
    {
        var lines = new List<string>();
        await foreach (
            var record in RecordFile.ReadAsync("a.parquet", Pieces.Of(Convert.FromBase64String(OfAnotherWriter), 100), CancellationToken.None, Small)
        )
        {
            lines.Add(Encoding.UTF8.GetString(record.Json.Span));
        }

        Assert.Equal(
            [
                "{\"instruction\":\"How many legs has a bird?\",\"output\":\"Two.\",\"metadata\":{\"n\":1}}",
                "{\"instruction\":\"And a dog?\",\"output\":\"Four.\",\"metadata\":{\"n\":2}}",
                "{\"instruction\":\"A snake?\"}",
            ],
            lines
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(200)]
    public async Task ADamagedFileIsRefusedInOneLine(int length)
    {
        var bytes = await WriteAsync(new ParquetSchema(new DataField<string>("prompt")), [Row(("prompt", "a"))], 10);
        var error = await Assert.ThrowsAsync<EngineException>(() => ReadAsync(bytes[..Math.Min(length, bytes.Length - 9)], Small));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith("a.parquet", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task AFileThatExpandsIsRefusedWithinItsBounds()
    {
        var text = new string('a', 50_000);
        var bytes = await WriteAsync(
            new ParquetSchema(new DataField<string>("prompt"), new DataField<string>("completion")),
            [.. Enumerable.Repeat(Row(("prompt", "a"), ("completion", text)), 3_000)],
            3_000
        );
        Assert.True(bytes.Length < 4 << 20, $"{bytes.Length} bytes");
        var error = await Assert.ThrowsAsync<EngineException>(() => ReadAsync(bytes, Small));
        Assert.True(
            error.Message.Contains("more than", StringComparison.Ordinal) || error.Message.Contains("MB of memory", StringComparison.Ordinal),
            error.Message
        );
    }

    private static Dictionary<string, object?> Row(params (string Name, object? Value)[] values) =>
        values.ToDictionary(static value => value.Name, static value => value.Value);

    private static async Task<byte[]> WriteAsync(ParquetSchema schema, IReadOnlyCollection<IDictionary<string, object?>> rows, int rowsInAGroup)
    {
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeUntypedAsync(
            rows,
            schema,
            file,
            new ParquetOptions { RowGroupSize = rowsInAGroup, CompressionMethod = CompressionMethod.Zstd }
        );
        return file.ToArray();
    }

    private static async Task<List<(long Number, string Json, IReadOnlyList<RecordMessage> Messages)>> ReadAsync(byte[] bytes, ReaderLimits limits)
    {
        var records = new List<(long, string, IReadOnlyList<RecordMessage>)>();
        await foreach (var record in RecordFile.ReadAsync("a.parquet", Pieces.Of(bytes, 1000), CancellationToken.None, limits))
        {
            records.Add((record.Number, Encoding.UTF8.GetString(record.Json.Span), RecordFormat.Read(record.Json).Messages));
        }

        return records;
    }
}
