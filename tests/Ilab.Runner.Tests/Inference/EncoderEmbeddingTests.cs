using System.Runtime.InteropServices;
using System.Text.Json;
using Ilab.Gguf.Safetensors;
using Ilab.Runner.Contract.V1;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Encoders: each token sees the whole text, and none is generated.</summary>
[Collection(NativeCompute.Name)]
public sealed class EncoderEmbeddingTests
{
    [Fact]
    public async Task TheFirstTokenSeesTheLast()
    {
        using var model = new HostedModel(static path => BertFile.Write(path, new BertShape()), parallel: 1);
        var rows = await Task.WhenAll(((string[])["abc d", "abc d", "abc e"]).Select(text => FirstAsync(model, text)));
        Assert.Equal(rows[0], rows[1]);
        Assert.True(rows[0].Zip(rows[2], static (a, b) => Math.Abs(a - b)).Max() > 1e-3);
    }

    [Fact]
    public async Task NoLongerThanItsPositions()
    {
        using var model = new HostedModel(static path => BertFile.Write(path, new BertShape()), parallel: 1);
        var request = new EmbedRequest { Inputs = { new EmbedInput { Text = string.Concat(Enumerable.Repeat("abc ", 60)) } } };
        var refused = await model.Host.Embeddings.EmbedAsync(request, CancellationToken.None);
        Assert.Equal("an input has 182 tokens, more than the context of 128; shorten it", refused!.Error);
        request.Truncate = true;
        var cut = await model.Host.Embeddings.EmbedAsync(request, CancellationToken.None);
        Assert.Equal(128u, Assert.Single(cut!.Embeddings).Tokens);
    }

    [SkippableFact]
    public async Task ARealFolderMakesWhatTransformersMakes()
    {
        var folder = Path.Combine(TestPaths.Shared ?? "", "reference", "conversion", "bert");
        Skip.IfNot(Directory.Exists(folder), "no ../shared: embeddings of an encoder are not compared");
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "expected.json")));
        using var model = new HostedModel(path => Convert(folder, path), parallel: 1);
        foreach (var entry in expected.RootElement.GetProperty("embeddings").EnumerateArray())
        {
            var text = entry.GetProperty("text").GetString()!;
            var tokens = model.Host.Tokenize(new TokenizeRequest { Text = text, AddSpecial = true })!.Tokens;
            Assert.Equal(entry.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()), tokens);
            Compare(entry.GetProperty("mean"), await EmbedAsync(model, text, "mean"));
            Compare(entry.GetProperty("cls"), await EmbedAsync(model, text, "first"));
        }
    }

    private static void Compare(JsonElement expected, IReadOnlyList<float> actual)
    {
        var values = expected.EnumerateArray().Select(static value => value.GetSingle()).ToArray();
        Assert.Equal(values.Length, actual.Count);
        Assert.InRange(values.Zip(actual, static (a, b) => Math.Abs(a - b)).Max(), 0, 0.01);
    }

    /// <summary>Makes a GGUF file of a folder with a BERT.</summary>
    internal static void Convert(string folder, string path)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        using var tokenizer = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")));
        var vocabulary = tokenizer.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().OrderBy(static entry => entry.Value.GetInt32());
        var weights = Path.Combine(folder, "model.safetensors");
        var header = SafetensorsFile.Read(weights);
        var bytes = File.ReadAllBytes(weights);
        var shape = new BertShape(
            Number("hidden_size"),
            Number("intermediate_size"),
            Number("num_hidden_layers"),
            Number("num_attention_heads"),
            Number("max_position_embeddings")
        );
        BertFile.Write(path, shape, [.. vocabulary.Select(static entry => entry.Name)], Values);

        int Number(string key) => config.RootElement.GetProperty(key).GetInt32();

        float[] Values(string name)
        {
            var tensor = header.Tensors.Single(tensor => tensor.Name == name || tensor.Name == $"bert.{name}");
            return MemoryMarshal.Cast<byte, float>(bytes.AsSpan((int)(header.DataOffset + tensor.Offset), (int)tensor.Bytes)).ToArray();
        }
    }

    private static Task<IReadOnlyList<float>> FirstAsync(HostedModel model, string text) => EmbedAsync(model, text, "first");

    private static async Task<IReadOnlyList<float>> EmbedAsync(HostedModel model, string text, string pooling)
    {
        var request = new EmbedRequest
        {
            Pooling = pooling,
            Raw = true,
            Inputs = { new EmbedInput { Text = text } },
        };
        var response = await model.Host.Embeddings.EmbedAsync(request, CancellationToken.None);
        Assert.Equal("", response!.Error);
        return Assert.Single(response.Embeddings).Values;
    }
}
