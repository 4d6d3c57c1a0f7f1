using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Llama2c;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>What somebody reads whose files are not right: what it is, and all of it at once.</summary>
public sealed class RefusedSourcesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-refused-").FullName;

    [Fact]
    public void AFamilyThatCannotBeConvertedIsNamed()
    {
        var error = Refused(static config => config["architectures"] = new JsonArray("OPTForCausalLM"));
        Assert.True(error.IsUnsupported);
        Assert.Contains("OPTForCausalLM", error.Message, StringComparison.Ordinal);
        Assert.Contains("Qwen3ForCausalLM", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void AllThatIsWrongWithAConfigIsTold()
    {
        var error = Refused(static config =>
        {
            config.Remove("hidden_size");
            config["vocab_size"] = -1;
        });
        Assert.Contains("hidden_size", error.Message, StringComparison.Ordinal);
        Assert.Contains("vocab_size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsThatDoNotFitTheConfigAreTold()
    {
        var error = Refused(static config =>
        {
            config["intermediate_size"] = 128;
            config["num_hidden_layers"] = 3;
        });
        Assert.Contains("mlp.gate_proj.weight has the shape [96, 64], the config wants [128, 64]", error.Message, StringComparison.Ordinal);
        Assert.Contains("more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingPartIsNamed()
    {
        new TinyModel(new TinyModelShape()).Write(_folder, shards: 3);
        File.Delete(Path.Combine(_folder, "model-00002-of-00003.safetensors"));
        Assert.Contains("model-00002-of-00003.safetensors", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnIndexThatLeadsOutOfTheFolderIsRefused()
    {
        new TinyModel(new TinyModelShape()).Write(_folder);
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), """{"weight_map":{"a":"../../etc/passwd"}}""");
        File.WriteAllText(Path.Combine(_folder, "x"), "");
        Assert.Contains("passwd", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutATokenizerNothingIsConverted()
    {
        new TinyModel(new TinyModelShape()).Write(_folder);
        File.Delete(Path.Combine(_folder, "tokenizer.model"));
        Assert.Contains("tokenizer", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATokenizerOfAnotherModelIsRefused()
    {
        new TinyModel(new TinyModelShape()).Write(_folder);
        TinyTokenizers.WriteSentencePiece(_folder, 400);
        Assert.Contains("400 tokens", Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(5000)]
    public void ACheckpointThatIsNoneIsRefused(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(_folder, "x.bin"), bytes);
        using var folder = new SourceFolder(_folder, static path => File.OpenHandle(path));
        Assert.Throws<ConversionException>(() => Llama2cConverter.Prepare(folder, "x.bin", [], null));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ConversionException Refused(Action<JsonObject>? spoil = null)
    {
        if (spoil is not null)
        {
            new TinyModel(new TinyModelShape()).Write(_folder);
            var path = Path.Combine(_folder, "config.json");
            var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            spoil(config);
            File.WriteAllText(path, config.ToJsonString());
        }

        using var folder = new SourceFolder(_folder, static path => File.OpenHandle(path));
        return Assert.Throws<ConversionException>(() => HuggingFaceConverter.Prepare(folder, null).Dispose());
    }
}
