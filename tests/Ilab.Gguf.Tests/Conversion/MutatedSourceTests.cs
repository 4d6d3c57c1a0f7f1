using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;
using Ilab.Testing.Models;
using Ilab.Testing.Mutations;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>Damaged files of Hugging Face folders and adapters: each is converted, or refused in one line.</summary>
[Collection(nameof(Alone))]
public sealed class MutatedSourceTests : SourceFixture
{
    private static readonly TinyModelShape Small = new()
    {
        Embedding = 32,
        FeedForward = 32,
        Layers = 1,
        Heads = 2,
        KvHeads = 2,
        Vocabulary = 288,
    };

    [Theory]
    [InlineData("config.json", true, 60)]
    [InlineData("model.safetensors", true, 60)]
    [InlineData("tokenizer.model", true, 60)]
    [InlineData("tokenizer.json", false, 60)]
    [InlineData("tokenizer_config.json", true, 10)]
    public async Task AFileOfAModel(string name, bool sentencePiece, int leastRefused)
    {
        Write(Small, sentencePiece: sentencePiece);
        var report = await ReaderCheck.RunAsync(await File.ReadAllBytesAsync(At(name)), bytes => ConvertWith(name, bytes), Own());
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, leastRefused, 199);
    }

    /// <summary>The length and the header of the weights, where every byte means something.</summary>
    [Fact]
    public async Task TheHeaderOfWeights()
    {
        Write(Small);
        var whole = await File.ReadAllBytesAsync(At("model.safetensors"));
        int header;
        await using (var stream = File.OpenRead(At("model.safetensors")))
        {
            header = (int)SafetensorsFile.Read(stream).DataOffset;
        }

        var report = await ReaderCheck.RunAsync(whole[..header], bytes => ConvertWith("model.safetensors", [.. bytes, .. whole[header..]]), Own());
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, 100, 200);
    }

    /// <summary>A vocabulary of tiktoken is no tokenizer that can be converted; it is called by its name, or by what the damage made of it.</summary>
    [Fact]
    public async Task AVocabularyOfTiktoken()
    {
        Write(Small);
        var lines = Enumerable.Range(0, 256).Select(static value => $"{System.Convert.ToBase64String([(byte)value, (byte)'a'])} {value}\n");
        var original = System.Text.Encoding.ASCII.GetBytes(string.Concat(lines));
        var named = 0;
        foreach (var mutation in Mutator.Of(original))
        {
            await File.WriteAllBytesAsync(At("tokenizer.model"), mutation.Bytes);
            var error = Refused();
            Assert.DoesNotContain(error.Message, char.IsControl);
            Assert.Contains("tokenizer", error.Message, StringComparison.Ordinal);
            named += error.Message.Contains(FileContent.Tiktoken, StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(named, 50, 200);
    }

    [Theory]
    [InlineData("adapter_config.json", 40)]
    [InlineData("adapter_model.safetensors", 100)]
    public async Task AFileOfAnAdapter(string name, int leastRefused)
    {
        var model = Write(Small);
        FamilyModel shape;
        using (var folder = Source())
        {
            shape = HuggingFaceConfig.Read(folder);
        }

        WriteAdapter(model.Shape);
        var report = await ReaderCheck.RunAsync(
            await File.ReadAllBytesAsync(At(name)),
            bytes =>
            {
                File.WriteAllBytes(At(name), bytes);
                using var conversion = PeftConverter.Prepare(Source(), shape, null);
                conversion.Write(Stream.Null, static _ => { }, CancellationToken.None);
            },
            Own()
        );
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, leastRefused, 199);
    }

    private static ReaderPromise Own() => ReaderPromise.Of<ConversionException>();

    private void ConvertWith(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        using var conversion = HuggingFaceConverter.Prepare(Source(), null);
        conversion.Write(Stream.Null, static _ => { }, CancellationToken.None);
    }

    private void WriteAdapter(TinyModelShape shape)
    {
        File.WriteAllText(
            At("adapter_config.json"),
            """{"peft_type":"LORA","r":2,"lora_alpha":4,"base_model_name_or_path":"base","target_modules":["up_proj"],"bias":"none","rank_pattern":{"x":3},"alpha_pattern":{"y":1.5}}"""
        );
        WriteSafetensors(
            At("adapter_model.safetensors"),
            [
                ("base_model.model.model.layers.0.mlp.up_proj.lora_A.weight", SafetensorsType.F32, [2, shape.Embedding]),
                ("base_model.model.model.layers.0.mlp.up_proj.lora_B.weight", SafetensorsType.F32, [shape.FeedForward, 2]),
            ]
        );
    }
}
