using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>What is left of a quantization: the weights decide.</summary>
public sealed class PackedWeightsTests : SourceFixture
{
    [Theory]
    [InlineData("gptq")]
    [InlineData("bitsandbytes")]
    [InlineData("fp8")]
    public void PlainWeightsUnderAQuantizedConfigAreConverted(string method)
    {
        Edit("config.json", config => config["quantization_config"] = new JsonObject { ["quant_method"] = method, ["bits"] = 4 });
        Assert.Contains(Convert().Warnings, warning => warning.Contains(method, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("qweight", SafetensorsType.I32, "GPTQ or AWQ")]
    [InlineData("weight.absmax", SafetensorsType.F32, "bitsandbytes")]
    [InlineData("weight_packed", SafetensorsType.I32, "compressed-tensors")]
    [InlineData("weight_scale_inv", SafetensorsType.F32, "FP8")]
    [InlineData("weight", SafetensorsType.F8E4M3, "F8_E4M3")]
    [InlineData("weight", SafetensorsType.U8, "U8")]
    public void PackedWeightsAreRefusedByNameWhateverTheConfigSays(string part, SafetensorsType type, string method)
    {
        Write();
        WriteSafetensors(
            At("model.safetensors"),
            [("model.embed_tokens.weight", SafetensorsType.F16, [320, 64]), ($"model.layers.0.mlp.up_proj.{part}", type, [96, 64])]
        );
        var error = Refused();
        Assert.True(error.IsUnsupported);
        Assert.Contains($"quantized already ({method})", error.Message, StringComparison.Ordinal);
        Assert.Contains($"up_proj.{part}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>ModelOpt has one scale for each matrix, and scales of activations that plain numbers have no use for.</summary>
    [Fact]
    public void EightBitsOfModelOptBecomePlainNumbers()
    {
        const string Matrix = "model.layers.0.mlp.up_proj.weight";
        var model = Write();
        var codes = Enumerable.Range(0, 96 * 64).Select(static index => (byte)(index % 0x70)).ToArray();
        var writer = new SafetensorsWriter()
            .Add(Matrix, SafetensorsType.F8E4M3, [96, 64], stream => stream.Write(codes))
            .Add(Matrix + "_scale", SafetensorsType.F32, [], static stream => stream.Write(BitConverter.GetBytes(0.25f)))
            .Add("model.layers.0.mlp.up_proj.input_scale", SafetensorsType.F32, [], static stream => stream.Write(BitConverter.GetBytes(3f)));
        foreach (var (name, (shape, values)) in model.Tensors.Where(static entry => entry.Key != Matrix))
        {
            writer.Add(name, SafetensorsType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
        }

        writer.Write(At("model.safetensors"));
        Edit("config.json", static config => config["quantization_config"] = new JsonObject { ["quant_method"] = "modelopt", ["quant_algo"] = "FP8" });
        var found = Convert().Values("blk.0.ffn_up.weight");

        Assert.Equal((0f, 0.25f, 0.25f * 1.125f), (found[0], found[0x38], found[0x39]));
    }

    [Fact]
    public void TheMethodThatTheConfigNamesIsSaid()
    {
        Edit("config.json", static config => config["quantization_config"] = new JsonObject { ["quant_method"] = "hqq" });
        WriteSafetensors(At("model.safetensors"), [("model.layers.0.mlp.up_proj.W_q", SafetensorsType.I32, [96, 8])]);
        Assert.Contains("(hqq)", Refused().Message, StringComparison.Ordinal);
    }
}
