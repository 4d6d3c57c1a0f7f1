using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Packed matrices against the definitions of their forms, bit by bit and without anything of the converter.</summary>
public sealed class PackedFormsTests : SourceFixture
{
    private const int Rows = 96,
        Columns = 64,
        Size = 16;
    private const string Module = "model.layers.0.mlp.up_proj";

    private static readonly double[] Micro = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
    private readonly Random _random = new(7);

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(8, true)]
    public void Gptq(int bits, bool isOrdered)
    {
        var (codes, zeros, scales) = (Codes(Rows, Columns, bits), Codes(Columns / Size, Rows, bits, least: 1), Scales(Columns / Size, Rows));
        var groups = Enumerable.Range(0, Columns).Select(column => isOrdered ? column * 3 % (Columns / Size) : column / Size).ToArray();
        // Bits of the inputs go down, those of the zeros along the outputs.
        var down = Enumerable.Range(0, Rows).Select(row => Words(Enumerable.Range(0, Columns).Select(column => codes[row, column]), bits)).ToArray();
        var weight = Enumerable.Range(0, down[0].Length).SelectMany(word => down.Select(words => words[word])).ToArray();
        var packed = Enumerable.Range(0, Columns / Size).SelectMany(group => Words(Enumerable.Range(0, Rows).Select(row => zeros[group, row] - 1), bits));
        Save(
            new JsonObject
            {
                ["quant_method"] = "gptq",
                ["bits"] = bits,
                ["group_size"] = Size,
            },
            (".qweight", SafetensorsType.I32, [down[0].Length, Rows], Bytes(weight)),
            (".qzeros", SafetensorsType.I32, [Columns / Size, Rows * bits / 32], Bytes([.. packed])),
            (".scales", SafetensorsType.F32, [Columns / Size, Rows], Bytes(Flat(scales))),
            (".g_idx", SafetensorsType.I32, [Columns], Bytes(groups))
        );
        Expect((row, column) => scales[groups[column], row] * (codes[row, column] - zeros[groups[column], row]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void CompressedIntegers(int bits)
    {
        var (each, codes, scales) = (32 / bits, Codes(Rows, Columns, bits), Scales(Rows, Columns / Size));
        var words = new List<int>();
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column += each)
            {
                words.Add(
                    Enumerable.Range(0, Math.Min(each, Columns - column)).Aggregate(0, (sum, index) => sum | (codes[row, column + index] << (index * bits)))
                );
            }
        }

        Save(
            new JsonObject
            {
                ["quant_method"] = "compressed-tensors",
                ["format"] = "pack-quantized",
                ["config_groups"] = new JsonObject { ["group_0"] = new JsonObject { ["weights"] = new JsonObject { ["num_bits"] = bits } } },
            },
            (".weight_packed", SafetensorsType.I32, [Rows, words.Count / Rows], Bytes([.. words])),
            (".weight_scale", SafetensorsType.F32, [Rows, Columns / Size], Bytes(Flat(scales))),
            (".weight_shape", SafetensorsType.I64, [2], Bytes([(long)Rows, Columns]))
        );
        Expect((row, column) => scales[row, column / Size] * (codes[row, column] - (1 << (bits - 1))));
    }

    [Theory]
    [InlineData("compressed-tensors", "nvfp4-pack-quantized")]
    [InlineData("compressed-tensors", "mixed-precision")]
    [InlineData("modelopt", null)]
    [InlineData(null, null)]
    public void Nvfp4(string? method, string? format)
    {
        const float Whole = 0.0078125f * 3;
        var (codes, scales) = (Codes(Rows, Columns, 4), Codes(Rows, Columns / Size, 7, most: 0x7E));
        var isCompressed = method == "compressed-tensors";
        Save(
            method is null ? null : new JsonObject { ["quant_method"] = method, ["format"] = format },
            (isCompressed ? ".weight_packed" : ".weight", SafetensorsType.U8, [Rows, Columns / 2], Pairs(codes)),
            (".weight_scale", SafetensorsType.F8E4M3, [Rows, Columns / Size], Array.ConvertAll(Flat(scales), static code => (byte)code)),
            (
                isCompressed ? ".weight_global_scale" : ".weight_scale_2",
                SafetensorsType.F32,
                isCompressed ? [1] : [],
                BitConverter.GetBytes(isCompressed ? 1 / Whole : Whole)
            ),
            (isCompressed ? ".input_global_scale" : ".input_scale", SafetensorsType.F32, [], BitConverter.GetBytes(2f))
        );
        if (method is null)
        {
            File.WriteAllText(At("hf_quant_config.json"), """{"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4", "group_size": 16}}""");
        }

        Expect((row, column) => Small(codes[row, column]) * Eight(scales[row, column / Size]) * (isCompressed ? 1 / (double)(1 / Whole) : Whole), 1e-6);
    }

    [Fact]
    public void CompressedMxfp4()
    {
        var (codes, scales) = (Codes(Rows, Columns, 4), Codes(Rows, Columns / 32, 7, least: 110, most: 130));
        Save(
            new JsonObject { ["quant_method"] = "compressed-tensors", ["format"] = "mxfp4-pack-quantized" },
            (".weight_packed", SafetensorsType.U8, [Rows, Columns / 2], Pairs(codes)),
            (".weight_scale", SafetensorsType.U8, [Rows, Columns / 32], Array.ConvertAll(Flat(scales), static code => (byte)code))
        );
        Expect((row, column) => Small(codes[row, column]) * Math.Pow(2, scales[row, column / 32] - 127));
    }

    /// <summary>A scale for each row, as Meta publishes it.</summary>
    [Fact]
    public void EightBitsOfFbgemm()
    {
        var (codes, scales) = (Codes(Rows, Columns, 8, most: 0x7E), Scales(Rows, 1));
        Save(
            new JsonObject { ["quant_method"] = "fbgemm_fp8" },
            (".weight", SafetensorsType.F8E4M3, [Rows, Columns], Array.ConvertAll(Flat(codes), static code => (byte)code)),
            (".weight_scale", SafetensorsType.F32, [Rows, 1], Bytes(Flat(scales)))
        );
        Expect((row, column) => Eight(codes[row, column]) * scales[row, 0]);
    }

    [Theory]
    [InlineData(".weight_scale_2", "weight_scale_2")]
    [InlineData(".weight_scale", "weight_scale")]
    [InlineData(".weight", "weight_scale_2")]
    public void APartOfNvfp4ThatIsMissingOrOfAnotherShapeIsNamed(string part, string named)
    {
        (string, SafetensorsType, long[], byte[])[] parts =
        [
            (".weight", SafetensorsType.U8, [Rows, Columns / 2], new byte[Rows * Columns / 2]),
            (".weight_scale", SafetensorsType.F8E4M3, [Rows, Columns / Size], new byte[Rows * Columns / Size]),
            (".weight_scale_2", SafetensorsType.F32, [], new byte[4]),
        ];
        Save(new JsonObject { ["quant_method"] = "modelopt" }, [.. parts.Where(entry => entry.Item1 != part)]);
        Assert.Contains(named, Refused().Message, StringComparison.Ordinal);
        parts[1] = (".weight_scale", SafetensorsType.F8E4M3, [Rows, Columns / 8], new byte[Rows * Columns / 8]);
        Save(new JsonObject { ["quant_method"] = "modelopt" }, parts);
        Assert.Contains("does not fit", Refused().Message, StringComparison.Ordinal);
    }

    private static double Small(int code) => (code < 8 ? 1 : -1) * Micro[code % 8];

    private static double Eight(int code)
    {
        var (exponent, mantissa) = ((code & 0x7F) >> 3, code % 8);
        return (code < 0x80 ? 1 : -1) * (exponent == 0 ? mantissa / 8.0 * Math.Pow(2, -6) : (1 + (mantissa / 8.0)) * Math.Pow(2, exponent - 7));
    }

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static T[] Flat<T>(T[,] values) => [.. values.Cast<T>()];

    // One bit after the other.
    private static int[] Words(IEnumerable<int> codes, int bits)
    {
        var all = codes.SelectMany(code => Enumerable.Range(0, bits).Select(bit => (code >> bit) & 1)).ToArray();
        return [.. all.Chunk(32).Select(static word => word.Select(static (bit, place) => bit << place).Aggregate(0, static (sum, bit) => sum | bit))];
    }

    private static byte[] Pairs(int[,] codes) => [.. Flat(codes).Chunk(2).Select(static pair => (byte)(pair[0] | (pair[1] << 4)))];

    private int[,] Codes(int rows, int columns, int bits, int least = 0, int most = int.MaxValue)
    {
        var codes = new int[rows, columns];
        foreach (var (row, column) in Places(rows, columns))
        {
            codes[row, column] = _random.Next(least, Math.Min(most, (1 << bits) - 1) + 1);
        }

        return codes;
    }

    private float[,] Scales(int rows, int columns)
    {
        var scales = new float[rows, columns];
        foreach (var (row, column) in Places(rows, columns))
        {
            scales[row, column] = _random.Next(1, 64) / 1024f;
        }

        return scales;
    }

    private static IEnumerable<(int Row, int Column)> Places(int rows, int columns) =>
        Enumerable.Range(0, rows * columns).Select(index => (index / columns, index % columns));

    private void Save(JsonObject? settings, params (string Name, SafetensorsType Type, long[] Shape, byte[] Bytes)[] parts)
    {
        var model = Write();
        var writer = new SafetensorsWriter();
        foreach (var (name, type, shape, bytes) in parts)
        {
            writer.Add(Module + name, type, shape, stream => stream.Write(bytes));
        }

        foreach (var (name, (shape, values)) in model.Tensors.Where(static entry => entry.Key != Module + ".weight"))
        {
            writer.Add(name, SafetensorsType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
        }

        writer.Write(At("model.safetensors"));
        if (settings is not null)
        {
            Edit("config.json", config => config["quantization_config"] = settings);
        }
    }

    private void Expect(Func<int, int, double> value, double tolerance = 0)
    {
        var found = Convert().Values("blk.0.ffn_up.weight");
        Assert.Equal(Rows * Columns, found.Length);
        foreach (var (row, column) in Places(Rows, Columns))
        {
            var (wanted, actual) = (value(row, column), found[(row * Columns) + column]);
            Assert.InRange(actual, wanted - Math.Abs(tolerance * wanted), wanted + Math.Abs(tolerance * wanted));
        }
    }
}
