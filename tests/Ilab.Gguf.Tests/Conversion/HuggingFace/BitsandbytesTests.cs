using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>A matrix that bitsandbytes quantized becomes the numbers that its codes stand for.</summary>
public sealed class BitsandbytesTests : SourceFixture
{
    private const string Matrix = "model.layers.0.mlp.up_proj.weight";
    private const int Rows = 96,
        Columns = 64,
        Block = 64,
        NestedBlock = 40;

    private readonly Random _random = new(1);

    [Theory]
    [InlineData("nf4", false)]
    [InlineData("nf4", true)]
    [InlineData("fp4", false)]
    public void CodesOfFourBits(string kind, bool isNested)
    {
        var (codes, table) = (Bytes(Rows * Columns / 2), Floats(16));
        float[] maxima = Floats(Rows * Columns / Block);
        var parts = new Dictionary<string, (SafetensorsType, long[], byte[])>
        {
            [Matrix] = (SafetensorsType.U8, [codes.Length, 1], codes),
            [$"{Matrix}.quant_map"] = (SafetensorsType.F32, [16], Of(table)),
            [$"{Matrix}.quant_state.bitsandbytes__{kind}"] = StateOf(kind, isNested),
            [$"{Matrix}.absmax"] = (SafetensorsType.F32, [maxima.Length], Of(maxima)),
        };
        if (isNested)
        {
            var (coded, outer, outerTable) = (Bytes(maxima.Length), Floats((maxima.Length + NestedBlock - 1) / NestedBlock), Floats(256));
            maxima = [.. coded.Select((code, index) => (outerTable[code] * outer[index / NestedBlock]) + 0.25f)];
            parts[$"{Matrix}.absmax"] = (SafetensorsType.U8, [coded.Length], coded);
            parts[$"{Matrix}.nested_absmax"] = (SafetensorsType.F32, [outer.Length], Of(outer));
            parts[$"{Matrix}.nested_quant_map"] = (SafetensorsType.F32, [256], Of(outerTable));
        }

        Write(parts);
        var expected = new float[Rows * Columns];
        for (var pair = 0; pair < codes.Length; pair++)
        {
            expected[2 * pair] = table[codes[pair] / 16] * maxima[2 * pair / Block];
            expected[(2 * pair) + 1] = table[codes[pair] % 16] * maxima[2 * pair / Block];
        }

        Assert.Equal(expected, Convert().Values("blk.0.ffn_up.weight"));
    }

    [Fact]
    public void NumbersOfEightBits()
    {
        var (numbers, maxima) = (Bytes(Rows * Columns), Floats(Rows));
        Write(
            new()
            {
                [Matrix] = (SafetensorsType.I8, [Rows, Columns], numbers),
                ["model.layers.0.mlp.up_proj.SCB"] = (SafetensorsType.F32, [Rows], Of(maxima)),
                ["model.layers.0.mlp.up_proj.weight_format"] = (SafetensorsType.U8, [], [0]),
            }
        );
        Assert.Equal(numbers.Select((number, index) => (sbyte)number * maxima[index / Columns] / 127).ToArray(), Convert().Values("blk.0.ffn_up.weight"));
    }

    [Theory]
    [InlineData(".absmax", 95)]
    [InlineData(".quant_map", 15)]
    [InlineData("", 3000)]
    public void APartOfAnotherLengthIsRefusedByName(string part, int length)
    {
        var parts = Plain();
        var (type, _, bytes) = parts[Matrix + part];
        parts[Matrix + part] = (type, [length], bytes[..(length * SafetensorsTypes.Size(type))]);
        Write(parts);
        Assert.Contains(Matrix + part, Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".absmax")]
    [InlineData(".quant_map")]
    [InlineData("")]
    public void APartThatIsMissingIsNamed(string part)
    {
        var parts = Plain();
        parts.Remove(Matrix + part);
        Write(parts);
        Assert.Contains(Matrix + part, Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"shape\":[96,64]}")]
    [InlineData("{\"shape\":[96,-64],\"blocksize\":64}")]
    [InlineData("{\"shape\":[1000000000,1000000000],\"blocksize\":64}")]
    [InlineData("shape")]
    public void AFormThatSaysNothingIsRefused(string form)
    {
        var parts = Plain();
        var bytes = Encoding.UTF8.GetBytes(form);
        parts[$"{Matrix}.quant_state.bitsandbytes__nf4"] = (SafetensorsType.U8, [bytes.Length], bytes);
        Write(parts);
        Assert.Contains("quant_state.bitsandbytes__nf4 does not say shape and blocks", Refused().Message, StringComparison.Ordinal);
    }

    private Dictionary<string, (SafetensorsType, long[], byte[])> Plain() =>
        new()
        {
            [Matrix] = (SafetensorsType.U8, [Rows * Columns / 2, 1], Bytes(Rows * Columns / 2)),
            [$"{Matrix}.quant_map"] = (SafetensorsType.F32, [16], Of(Floats(16))),
            [$"{Matrix}.quant_state.bitsandbytes__nf4"] = StateOf("nf4", isNested: false),
            [$"{Matrix}.absmax"] = (SafetensorsType.F32, [Rows * Columns / Block], Of(Floats(Rows * Columns / Block))),
        };

    /// <summary>The model, with the parts in the place of its matrix.</summary>
    private void Write(Dictionary<string, (SafetensorsType Type, long[] Shape, byte[] Bytes)> parts)
    {
        var model = Write();
        var writer = new SafetensorsWriter();
        foreach (var (name, (shape, values)) in model.Tensors.Where(static entry => entry.Key != Matrix))
        {
            writer.Add(name, SafetensorsType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
        }

        foreach (var (name, part) in parts)
        {
            writer.Add(name, part.Type, part.Shape, stream => stream.Write(part.Bytes));
        }

        writer.Write(At("model.safetensors"));
        Edit("config.json", static config => config["quantization_config"] = new JsonObject { ["quant_method"] = "bitsandbytes" });
    }

    private static (SafetensorsType, long[], byte[]) StateOf(string kind, bool isNested)
    {
        var nested = isNested ? $", \"nested_blocksize\": {NestedBlock}, \"nested_dtype\": \"float32\", \"nested_offset\": 0.25" : "";
        var bytes = Encoding.UTF8.GetBytes(
            $"{{\"quant_type\": \"{kind}\", \"blocksize\": {Block}, \"dtype\": \"bfloat16\", \"shape\": [{Rows}, {Columns}]{nested}}}"
        );
        return (SafetensorsType.U8, [bytes.Length], bytes);
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];

    private static byte[] Of(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
