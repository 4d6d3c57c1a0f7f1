using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Ilab.Data.Datasets;
using Ilab.Engine.Events;
using Ilab.Jinja;
using Ilab.Runner.Training.Data;
using Ilab.Testing.Stores;

namespace Ilab.Runner.Tests.Training.Data;

/// <summary>What is imported is what was meant, is the same after an export and another import, and is what a training reads.</summary>
public sealed class RecordRoundTripTests
{
    private const int Count = 2000;

    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(Count).WithReplay(20261129UL, 13UL);

    [Fact]
    public void ARecordKeepsWhatItMeans() =>
        Check.One(
            Fixed,
            Prop.ForAll(
                RecordGenerator.Record.ToArbitrary(),
                static record =>
                {
                    var (messages, stored) = RecordFormat.Read(Encoding.UTF8.GetBytes(record.Line));
                    Assert.Equal(
                        record.Messages.Select(static message => (message.Role, message.Content)),
                        messages.Select(static message => (message.Role, message.Content))
                    );
                    AssertMeans(record, stored);
                    Assert.Equal(stored.ToArray(), RecordFormat.Read(stored).Line.ToArray());
                }
            )
        );

    /// <summary>What `data show` shows of a stored record is what is trained on; and a file of the same records trains like the dataset.</summary>
    [Fact]
    public void ATrainingReadsWhatIsShown() =>
        Check.One(
            Fixed,
            Prop.ForAll(
                RecordGenerator.Record.ToArbitrary(),
                static record =>
                {
                    var line = Encoding.UTF8.GetBytes(record.Line);
                    AssertTrains(record, RecordFormat.Read(line).Line);
                    AssertTrains(record, RecordFormat.Read(line, keepsPlain: true).Line);
                }
            )
        );

    [Theory]
    [InlineData("a.jsonl", "", "\n", "")]
    [InlineData("a.json", "[", ",\n ", "]")]
    public async Task AFileIsTheSameAfterExportAndImport(string name, string start, string between, string end)
    {
        var records = RecordGenerator.Record.Sample(Count, 30).ToArray();
        using var store = new StoreFixture(null, DatasetCatalog.Owner);
        using var events = new EventBus(store.Options, TimeProvider.System);
        var datasets = new DatasetCatalog(store.Content, store.Database, store.Leases, store.Collector, TimeProvider.System);
        var importer = new DatasetImporter(datasets, events);
        var first = await ImportAsync(name, "first", start + string.Join(between, records.Select(static record => record.Line)) + end);
        var exported = await File.ReadAllTextAsync(first.PathOf(null));
        foreach (var (record, line) in records.Zip(exported.Split('\n')))
        {
            AssertMeans(record, Encoding.UTF8.GetBytes(line));
        }

        var second = await ImportAsync("b.jsonl", "second", exported);
        Assert.Equal((Count, first.Files[0].Digest), (second.Record.Samples, second.Files[0].Digest));
        Assert.Equal(records.Length, second.Lines().Count());

        async Task<ResolvedDataset> ImportAsync(string file, string dataset, string text)
        {
            await importer.ImportAsync(new DatasetImport { FileName = file, Name = dataset }, Pieces(text), CancellationToken.None);
            using var resolved = await datasets.ResolveAsync(dataset, "a test", CancellationToken.None);
            return resolved;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(string text)
    {
        foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(10_000))
        {
            await Task.Yield();
            yield return piece;
        }
    }

    private static void AssertMeans(RandomRecord record, ReadOnlyMemory<byte> stored)
    {
        Assert.Equal(-1, stored.Span.IndexOfAny((byte)'\n', (byte)'\r'));
        using var json = JsonDocument.Parse(stored);
        var root = json.RootElement;
        Assert.Equal(
            record.Others.Select(static pair => pair.Key).Append("messages").Order(StringComparer.Ordinal),
            root.EnumerateObject().Select(static property => property.Name).Order(StringComparer.Ordinal)
        );
        Assert.All(record.Others, pair => Assert.True(root.GetProperty(pair.Key).Means(pair.Json), $"{pair.Key} of {root}"));
        foreach (var (meant, message) in record.Messages.Zip(root.GetProperty("messages").EnumerateArray()))
        {
            Assert.Equal((meant.Role, meant.Content), (message.GetProperty("role").GetString(), message.GetProperty("content").GetString()));
            Assert.Equal(meant.Extra.Count + 2, message.GetPropertyCount());
            Assert.All(meant.Extra, pair => Assert.True(message.GetProperty(pair.Key).Means(pair.Json), $"{pair.Key} of {message}"));
        }
    }

    private static void AssertTrains(RandomRecord record, ReadOnlyMemory<byte> stored)
    {
        using var json = JsonDocument.Parse(stored);
        var trained = TrainingRecord.Parse(json.RootElement);
        if (trained.Conversation is not { } conversation)
        {
            Assert.Equal(string.Concat(record.Messages.Select(static message => message.Content)), trained.Given + trained.Learned);
            return;
        }

        Assert.False(record.IsPlain);
        var shown = json.RootElement.GetProperty("messages").EnumerateArray().ToArray();
        Assert.Equal(shown.Length, conversation.Messages.Count);
        var all = record.Others.Any(static pair => pair is ("unmask", "true"));
        foreach (var (index, (meant, message)) in record.Messages.Zip(conversation.Messages).Index())
        {
            var keys = Assert.IsAssignableFrom<IDictionary<string, object?>>(message);
            Assert.Equal((meant.Role, meant.Content), (keys["role"], keys["content"]));
            Assert.Equal(shown[index].EnumerateObject().Select(static property => property.Name), keys.Keys);
            Assert.Equal(Values.FromJson(shown[index]), message);
            Assert.Equal(IsLearned(meant, all), trained.IsLearned[index]);
        }
    }

    private static bool IsLearned(MeantMessage message, bool all) =>
        message.Extra.FirstOrDefault(static pair => pair.Key is "weight" or "train" or "training" or "unmask").Json switch
        {
            null => message.Role == "assistant" || (all && message.Role != "system"),
            var json => json is "1" or "1.0" or "true",
        };
}
