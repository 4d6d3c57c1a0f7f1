using System.Net;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing.Models;

namespace Ilab.Http.Tests.Interop;

/// <summary>Documents ranked by a classifier of a running service.</summary>
[Collection(HttpService.Collection)]
public sealed class RerankTests(HttpService service) : IAsyncLifetime
{
    private const string Ask = """ "model":"ranker","query":"a boat","documents":["a cat","the boat","c"] """;

    public async Task InitializeAsync()
    {
        var file = Path.Combine(service.Ilab.Root, "ranker.gguf");
        if (!File.Exists(file))
        {
            BertFile.Write(file, new BertShape(IsClassifier: true));
            (await service.Ilab.RunAsync("model", "import", file, "--name", "ranker")).Expect(0);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task TheMostRelevantComesFirst()
    {
        var (status, json) = await service.PostAsync("/v1/rerank", $"{{{Ask}}}");
        Assert.True(status == HttpStatusCode.OK, json.ToJsonString());
        var results = json["results"]!.AsArray();
        Assert.Equal([0, 1, 2], results.Select(static one => (int)one!["index"]!).Order());
        float[] scores = [.. results.Select(static one => (float)one!["relevance_score"]!)];
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(3, scores.Distinct().Count());
        Assert.True((int)json["usage"]!["total_tokens"]! > 0);

        // A document's score does not depend on the others.
        var (_, alone) = await service.PostAsync("/v1/rerank", """{"model":"ranker","query":"a boat","documents":["the boat"]}""");
        Assert.Equal((float)alone["results"]![0]!["relevance_score"]!, scores[Array.FindIndex([.. results], static one => (int)one!["index"]! == 1)], 0.001f);
    }

    [Theory]
    [InlineData("/v2/rerank")]
    [InlineData("/rerank")]
    [InlineData("/reranking")]
    [InlineData("/v1/reranking")]
    public async Task EveryClientsPathLeadsThere(string path)
    {
        var (_, json) = await service.PostAsync(path, $$"""{{{Ask}},"top_n":1,"return_documents":true}""");
        var only = Assert.Single(json["results"]!.AsArray())!;
        Assert.Equal(new[] { "a cat", "the boat", "c" }[(int)only["index"]!], (string?)only["document"]!["text"]);
    }

    [Theory]
    [InlineData(""" "model":"tiny","query":"a","documents":["b"] """, 400, "no classifier")]
    [InlineData(""" "model":"nope","query":"a","documents":["b"] """, 404, "nope")]
    [InlineData(""" "model":"ranker","documents":["b"] """, 400, "query")]
    [InlineData(""" "model":"ranker","query":"a" """, 400, "documents")]
    [InlineData(""" "model":"ranker","query":"a","documents":[5] """, 400, "documents")]
    [InlineData(""" "model":"ranker","query":"a","documents":["b"],"top_n":0 """, 400, "top_n")]
    [InlineData(""" "model":"ranker","query":"a","documents":[{"title":"b"}] """, 400, "text")]
    public async Task AFaultIsRefusedByName(string fields, int status, string said)
    {
        var (answered, json) = await service.PostAsync("/v1/rerank", $"{{{fields}}}");
        Assert.True((HttpStatusCode)status == answered, json.ToJsonString());
        Assert.Contains(said, (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADocumentThatIsTooLongIsRefusedWithTheNumbers()
    {
        var (status, json) = await service.PostAsync("/v1/rerank", $$"""{"model":"ranker","query":"a","documents":["{{new string('a', 500)}}"]}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("context_length_exceeded", (string?)json["error"]!["code"]);
        Assert.Contains("128", (string?)json["error"]!["message"], StringComparison.Ordinal);
    }
}
