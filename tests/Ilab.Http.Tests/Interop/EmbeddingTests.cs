using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>Embeddings of a running service, in the shapes of both APIs.</summary>
[Collection(HttpService.Collection)]
public sealed class EmbeddingTests(HttpService service)
{
    private const string Path = "/v1/embeddings";

    [Fact]
    public async Task AllShapesHoldTheSameVectors()
    {
        const string Input = """ "model":"tiny","input":["a boat","Über den Fluss"] """;
        var (_, numbers) = await service.PostAsync(Path, $"{{{Input}}}");
        var (_, packed) = await service.PostAsync(Path, $$"""{{{Input}},"encoding_format":"base64"}""");
        var (_, ollama) = await service.PostAsync("/api/embed", $"{{{Input}}}");
        var (_, old) = await service.PostAsync("/api/embeddings", """{"model":"tiny","prompt":"a boat"}""");
        foreach (var index in new[] { 0, 1 })
        {
            var vector = Vector(numbers["data"]![index]!["embedding"]!);
            Assert.Equal(64, vector.Length);
            Assert.Equal(vector, MemoryMarshal.Cast<byte, float>(Convert.FromBase64String((string)packed["data"]![index]!["embedding"]!)).ToArray());
            Assert.Equal(vector, Vector(ollama["embeddings"]![index]!));
        }

        // Alone it is another batch: equal but for rounding.
        Assert.All(Vector(ollama["embeddings"]![0]!).Zip(Vector(old["embedding"]!)), static pair => Assert.Equal(pair.First, pair.Second, 0.001f));
        Assert.Equal((int)numbers["usage"]!["total_tokens"]!, (int)ollama["prompt_eval_count"]!);
    }

    [Fact]
    public async Task AVectorCanBeShortenedAndHasLengthOneAgain()
    {
        var (_, shortened) = await service.PostAsync(Path, """{"model":"tiny","input":[70,80],"dimensions":16}""");
        var vector = Vector(shortened["data"]![0]!["embedding"]!);
        Assert.Equal(16, vector.Length);
        Assert.Equal(1, vector.Sum(static value => (double)value * value), 5);
    }

    [Theory]
    [InlineData(""" "input":"a","encoding_format":"md5" """, 400, "encoding_format")]
    [InlineData(""" "input":[] """, 400, "input")]
    [InlineData(""" "input":{"a":1} """, 400, "input")]
    [InlineData(""" "input":"a","dimensions":65 """, 400, "dimensions")]
    [InlineData(""" "input":"a","model":"nope" """, 404, "nope")]
    public async Task AFaultIsRefusedByName(string fields, int status, string said)
    {
        var (answered, json) = await service.PostAsync(
            Path,
            fields.Contains("model", StringComparison.Ordinal) ? $"{{{fields}}}" : $$"""{"model":"tiny",{{fields}}}"""
        );
        Assert.Equal((HttpStatusCode)status, answered);
        Assert.Contains(said, (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingToEmbedIsNoFaultForOllama() =>
        Assert.Empty((await service.PostAsync("/api/embed", """{"model":"tiny","input":[]}""")).Json["embeddings"]!.AsArray());

    private static float[] Vector(JsonNode list) => [.. list.AsArray().Select(static value => (float)value!)];
}
