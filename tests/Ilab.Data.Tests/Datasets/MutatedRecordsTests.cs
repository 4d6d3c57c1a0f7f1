using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Tests.Datasets.Files;
using Ilab.Data.Tests.Fixtures;
using Ilab.Engine.Errors;
using Ilab.Testing;
using Ilab.Testing.Mutations;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Ilab.Data.Tests.Datasets;

/// <summary>Damaged files of records: each is imported, or refused in one line that names the file; what was imported can be read again.</summary>
[Collection(nameof(Alone))]
public sealed class MutatedRecordsTests : IAsyncLifetime
{
    private static readonly string[] Records =
    [
        """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Wie heißt du? 😀"},{"role":"assistant","content":"Bob\n\u00e9","weight":1}],"id":1.50}""",
        """{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"system":"s"}""",
        """{"instruction":"q","input":"more","output":"a","history":[["x","y"]]}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f"}}]}]}""",
        """{"text":"once upon a time","lang":"en"}""",
    ];

    private readonly TemporaryFolder _folder = new();
    private StoreService _service = null!;

    public async Task InitializeAsync() => _service = await StoreService.OpenAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("a.jsonl", "", "\n", "\n")]
    [InlineData("a.json", "[\n", ",\n", "\n]\n")]
    public Task FilesOfJson(string name, string start, string between, string end) =>
        CheckAsync(name, Encoding.UTF8.GetBytes(start + string.Join(between, Records) + end), 100);

    [Theory]
    [InlineData("a.csv", ',')]
    [InlineData("a.tsv", '\t')]
    public Task FilesOfTables(string name, char separator)
    {
        var rows = new[] { "prompt,completion,metadata", "\"Say \"\"hi\"\"\nplease ä😀\",hi,\"{\"\"k\"\":1}\"", "Was?,\"x y\",", "Why?,Because.,\"[1]\"" };
        return CheckAsync(name, Encoding.UTF8.GetBytes(string.Join('\n', rows).Replace(',', separator) + "\n"), 20);
    }

    [Fact]
    public async Task FilesOfParquet()
    {
        using var file = new MemoryStream();
        var schema = new ParquetSchema(new DataField<string>("prompt"), new DataField<string>("completion"), new DataField<double?>("score"));
        var rows = Enumerable
            .Range(0, 20)
            .Select(static index => new Dictionary<string, object?>
            {
                ["prompt"] = $"question {index}",
                ["completion"] = $"answer {index}",
                ["score"] = index % 3 == 0 ? null : index / 7.0,
            })
            .ToList();
        await ParquetSerializer.SerializeUntypedAsync(rows, schema, file, new ParquetOptions { RowGroupSize = 8, CompressionMethod = CompressionMethod.Zstd });
        await CheckAsync("a.parquet", file.ToArray(), 60);
    }

    private async Task CheckAsync(string name, byte[] original, int leastRefused)
    {
        var promise = new ReaderPromise(static exception => exception is EngineException { Kind: ErrorKind.InvalidArgument }, name);
        var report = await ReaderCheck.RunAsync(original, bytes => ImportAsync(name, bytes), promise);
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, leastRefused, 199);
    }

    private async Task ImportAsync(string name, byte[] bytes)
    {
        var import = new DatasetImport
        {
            FileName = name,
            Name = "damaged",
            Replace = true,
        };
        await _service.Importer.ImportAsync(import, Pieces.Of(bytes, 4096), CancellationToken.None);
        using var resolved = await _service.Datasets.ResolveAsync("damaged", "a test", CancellationToken.None);
        var lines = resolved.Lines().Select(static line => RecordFormat.Read(Encoding.UTF8.GetBytes(line)).Messages).ToArray();
        Assert.Equal(resolved.Record.Samples, lines.Length);
    }
}
