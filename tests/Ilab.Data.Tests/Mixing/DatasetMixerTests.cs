using System.Text;
using System.Text.Json.Nodes;
using Ilab.Data.Datasets;
using Ilab.Data.Mixing;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Content;
using Ilab.Testing.Stores;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Data.Tests.Mixing;

/// <summary>Mixes: how many of what, in which order, and always the same.</summary>
public sealed class DatasetMixerTests : IDisposable
{
    private readonly StoreFixture _store = new(owners: DatasetCatalog.Owner);
    private readonly EventBus _events;
    private readonly DatasetCatalog _catalog;
    private readonly DatasetMixer _mixer;

    public DatasetMixerTests()
    {
        _events = new EventBus(_store.Options, TimeProvider.System);
        _catalog = new DatasetCatalog(_store.Content, _store.Database, _store.Leases, _store.Collector, TimeProvider.System);
        _mixer = new DatasetMixer(_catalog, new DatasetImporter(_catalog, _events), new OwnFiles(), _events);
    }

    public void Dispose()
    {
        _events.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData(0, 0, 10, 10)]
    [InlineData(1.0, 0, 10, 10)]
    [InlineData(0.5, 0, 5, 0)]
    [InlineData(2.5, 0, 25, 0)]
    [InlineData(0, 7, 7, 0)]
    public async Task APartGivesAsManyAsWereAskedFor(double ratio, long count, int expected, int distinct)
    {
        await ImportAsync("a", 10);
        var lines = await MixAsync(
            new MixPart
            {
                Reference = "a",
                Ratio = ratio,
                Count = count,
            }
        );
        Assert.Equal(expected, lines.Count);
        Assert.True(distinct == 0 || lines.Distinct().Count() == distinct);
    }

    [Theory]
    [InlineData(0, 99_999_999_999)]
    [InlineData(0, 20_000_001)]
    [InlineData(1e300, 0)]
    [InlineData(3_000_000, 0)]
    public async Task MoreThanAMachineCanTakeIsRefusedAtOnce(double ratio, long count)
    {
        await ImportAsync("a", 10);
        var before = GC.GetTotalAllocatedBytes();
        var part = new MixPart
        {
            Reference = "a",
            Ratio = ratio,
            Count = count,
        };
        Assert.Contains("more than 20,000,000", (await Assert.ThrowsAsync<EngineException>(() => MixAsync(part))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50 << 20);
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameBytesAndAnotherAnotherOrder()
    {
        await ImportAsync("a", 50);
        await ImportAsync("b", 50);
        MixPart[] parts =
        [
            new MixPart { Reference = "a", Ratio = 0.5 },
            new MixPart
            {
                Reference = "b",
                Count = 20,
                WithoutReplacement = true,
            },
        ];
        var first = await MixAsync(parts);
        Assert.Equal(first, await MixAsync(parts));
        Assert.NotEqual(first, await MixAsync(7, parts));
        Assert.Equal(20, first.Where(static line => line.Contains("\"b ", StringComparison.Ordinal)).Distinct().Count());
        var error = await Assert.ThrowsAsync<EngineException>(() =>
            MixAsync(
                new MixPart
                {
                    Reference = "a",
                    Count = 51,
                    WithoutReplacement = true,
                }
            )
        );
        Assert.Contains("it has 50", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryRecordHasTheFourPropertiesAndTheSystemPrompt()
    {
        await ImportAsync(
            "a",
            2,
            static i =>
                $$"""{"messages":[{"role":"system","content":"old"},{"role":"user","content":"q{{i}}"},{"role":"assistant","content":"x"}],"extra":{{i}}}"""
        );
        await ImportAsync("b", 1);
        var mixed = await _mixer.MixAsync(
            new MixRequest
            {
                Name = "mixed",
                Replace = true,
                KeepOrder = true,
                SystemPrompt = "new",
                Parts = [new MixPart { Reference = "a" }, new MixPart { Reference = "b" }],
            },
            CancellationToken.None
        );
        using var dataset = await _catalog.ResolveAsync(mixed.Name, "test", CancellationToken.None);
        var records = dataset.Lines().Select(static line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.All(
            records,
            static record =>
                Assert.Equal(["id", "messages", "metadata", "unmask"], record.Select(static property => property.Key).Order(StringComparer.Ordinal))
        );
        Assert.All(records, static record => Assert.Equal("system new", $"{record["messages"]![0]!["role"]} {record["messages"]![0]!["content"]}"));
        Assert.Equal("{\"extra\":0}", records[0]["metadata"]!.GetValue<string>());
    }

    [Fact]
    public async Task DocumentsStandBeforeTheQuestionAndTheRightOneIsThereAsOftenAsWanted()
    {
        await ImportAsync(
            "a",
            200,
            static i =>
                $$"""{"messages":[{"role":"user","content":"q{{i}}"},{"role":"assistant","content":"x"}],"metadata":"{\"sdg_document\":\"document {{i % 10}}!\",\"dataset\":\"document_knowledge_qa\"}"}"""
        );
        foreach (var (golden, low, high) in new[] { (0.0, 0, 0), (0.4, 50, 110), (0.7, 110, 170), (1.0, 200, 200) })
        {
            var records = (
                await MixAsync(
                    new MixPart
                    {
                        Reference = "a",
                        Golden = golden,
                        Documents = 4,
                    }
                )
            ).Select(static line => JsonNode.Parse(line)!).ToList();
            var right = records.Count(static record =>
                record["messages"]![0]!["content"]!
                    .GetValue<string>()
                    .Contains(JsonNode.Parse(record["metadata"]!.GetValue<string>())!["sdg_document"]!.GetValue<string>(), StringComparison.Ordinal)
            );
            Assert.InRange(right, low, high);
            Assert.All(records, static record => Assert.Equal(5, record["messages"]![0]!["content"]!.GetValue<string>().Split("Document:\n").Length));
            Assert.All(
                records,
                record =>
                    Assert.Contains(
                        $"_raft_p{golden.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
                        record["metadata"]!.GetValue<string>(),
                        StringComparison.Ordinal
                    )
            );
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(150)]
    public async Task FewDocumentsAndManyAreDrawnWithoutAnyTwice(int documents)
    {
        await ImportAsync(
            "a",
            150,
            i =>
                $$"""{"messages":[{"role":"user","content":"q{{i}}"},{"role":"assistant","content":"x"}],"metadata":"{\"sdg_document\":\"<document {{i % documents}}>\"}"}"""
        );
        var questions = (
            await MixAsync(
                new MixPart
                {
                    Reference = "a",
                    Golden = 0.5,
                    Documents = 4,
                }
            )
        ).Select(static line => JsonNode.Parse(line)!["messages"]![0]!["content"]!.GetValue<string>()).ToList();
        Assert.All(
            questions,
            question =>
            {
                var shown = question.Split('\n').Where(static line => line.StartsWith('<')).ToList();
                Assert.Equal(shown.Count, shown.Distinct().Count());
                Assert.InRange(shown.Count, documents == 3 ? 2 : 4, documents == 3 ? 3 : 4);
            }
        );
        Assert.InRange(
            questions.SelectMany(static question => question.Split('\n').Where(static line => line.StartsWith('<'))).Distinct().Count(),
            documents * 9 / 10,
            documents
        );
    }

    [Fact]
    public async Task AFileOfTheCallerIsMixedLikeADataset()
    {
        var path = _store.At("mine.jsonl");
        await File.WriteAllTextAsync(
            path,
            string.Concat(Enumerable.Range(0, 6).Select(static i => $"{{\"system\":\"\",\"user\":\"mine {i}\",\"assistant\":\"yes\"}}\n"))
        );
        await ImportAsync("a", 10);
        var recipe = Recipe
            .Read(
                "datasets:\n- {path: mine.jsonl, sampling_size: 2.0, replacement: true}\n- {path: a/train.jsonl, sampling_size: 4, replacement: false}\n",
                "r.yaml",
                null
            )
            .InFolder(Path.GetDirectoryName(path)!, File.Exists);
        var lines = await MixAsync([.. recipe.Parts]);
        Assert.Equal(
            (12, 4),
            (
                lines.Count(static line => line.Contains("mine", StringComparison.Ordinal)),
                lines.Where(static line => line.Contains("a question", StringComparison.Ordinal)).Distinct().Count()
            )
        );
        using var mixed = await _catalog.ResolveAsync("mixed", "test", CancellationToken.None);
        Assert.StartsWith(
            "mine.jsonl sha256:",
            string.Join('|', mixed.Config.Lineage.Inputs.Select(static input => $"{input.Name} {input.Digest}")),
            StringComparison.Ordinal
        );
        await File.WriteAllTextAsync(path, "nonsense\n");
        Assert.Contains(
            "mine.jsonl: line 1: not JSON",
            (await Assert.ThrowsAsync<EngineException>(() => MixAsync(new MixPart { Path = path }))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(10, 10)] // three in a hundred of 100 are fewer than there are
    [InlineData(1000, 30)]
    public async Task KnowledgeIsAtLeastAShareOfWhatWasThereBefore(int precomputed, int expected)
    {
        await ImportAsync("general", precomputed);
        await ImportAsync("birds", 10);
        var recipe = Recipe.Read("datasets:\n- {path: general, precomputed: true}\n- {path: birds, sampling_size: 1.0, minimum_share: 0.03}\n", "r.yaml", null);
        var lines = await MixAsync([.. recipe.Parts]);
        Assert.Equal(
            (precomputed, expected),
            (
                lines.Count(static line => line.Contains("general", StringComparison.Ordinal)),
                lines.Count(static line => line.Contains("birds", StringComparison.Ordinal))
            )
        );
    }

    [Theory]
    [InlineData("{path: a, sampling_sise: 1}", "unknown key sampling_sise")]
    [InlineData("{path: a, golden: 4}", "golden must be a number from 0 to 1")]
    [InlineData("{path: a, replacement: 3}", "replacement must be true or false")]
    [InlineData("{path: a, sampling_size: many}", "invalid sampling_size many")]
    public void AWrongRecipeSaysWhatIsWrong(string entry, string expected) =>
        Assert.Contains(expected, Assert.Throws<EngineException>(() => Recipe.Read($"datasets: [{entry}]", "r.yaml", null)).Message, StringComparison.Ordinal);

    [Fact]
    public void ARecipeIsReadAsInstructLabWritesIt()
    {
        var recipe = Recipe.Read(
            "datasets:\n- path: a\n  sampling_size: 0.5\n- {path: b, sampling_size: 30}\n- path: c\nmetadata:\n  sys_prompt: \"Be kind.\"\n",
            "r.yaml",
            null
        );
        Assert.Equal(
            "a 0.5 0|b 0 30|c 1 0",
            string.Join('|', recipe.Parts.Select(static part => FormattableString.Invariant($"{part.Reference} {part.Ratio} {part.Count}")))
        );
        Assert.Equal("Be kind.", recipe.SystemPrompt);
        Assert.Contains(
            "dataset 1 has no path",
            Assert.Throws<EngineException>(() => Recipe.Read("datasets: [1]", "r.yaml", null)).Message,
            StringComparison.Ordinal
        );
    }

    private Task<List<string>> MixAsync(params MixPart[] parts) => MixAsync(42, parts);

    private async Task<List<string>> MixAsync(ulong seed, params MixPart[] parts)
    {
        var mixed = await _mixer.MixAsync(
            new MixRequest
            {
                Name = "mixed",
                Replace = true,
                Seed = seed,
                Parts = parts,
            },
            CancellationToken.None
        );
        using var dataset = await _catalog.ResolveAsync(mixed.Name, "test", CancellationToken.None);
        return [.. dataset.Lines()];
    }

    private async Task ImportAsync(string name, int count, Func<int, string>? line = null)
    {
        var text = string.Concat(
            Enumerable.Range(0, count).Select(i => (line?.Invoke(i) ?? $$"""{"user":"{{name}} question {{i}}","assistant":"answer {{i}}"}""") + "\n")
        );
        await new DatasetImporter(_catalog, _events).ImportAsync(
            new DatasetImport { Name = name, FileName = name },
            Once(Encoding.UTF8.GetBytes(text)),
            CancellationToken.None
        );
    }

    private sealed class OwnFiles : ICallerFiles
    {
        public SafeFileHandle Open(string path, uint uid) => File.OpenHandle(path);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Once(byte[] bytes)
    {
        await Task.CompletedTask;
        yield return bytes;
    }
}
