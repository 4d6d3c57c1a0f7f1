using System.Text.Json;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Json;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>
/// What bitsandbytes saves: codes of four bits (nf4, fp4), the first of a pair in the upper half, whose values stand in a table of sixteen, with a largest
/// number for each block, which may be coded in the same way; or numbers of eight bits with a largest one for each row.
/// </summary>
internal static class Bitsandbytes
{
    private const string Weight = ".weight",
        State = ".quant_state.bitsandbytes__",
        RowMaximum = ".SCB",
        RowFormat = ".weight_format";
    private const int Codes = 16;
    private const float Largest = 127;

    public static bool Unpack(ShardSet shards)
    {
        var states = shards.Names.Where(static name => name.Contains(State, StringComparison.Ordinal)).ToArray();
        foreach (var name in states)
        {
            UnpackCodes(shards, shards.Find(name)!, name[..name.IndexOf(State, StringComparison.Ordinal)]);
        }

        var rows = shards.Names.Where(static name => name.EndsWith(RowMaximum, StringComparison.Ordinal)).ToArray();
        foreach (var name in rows)
        {
            var maxima = shards.Find(name)!;
            var path = name[..^RowMaximum.Length];
            var scaled = ScaledBlocks.Of(PackedWeights.Beside(shards, maxima, path + Weight), maxima, null);
            shards.Replace([name, path + RowFormat], scaled with { Rows = () => ComputedRows.Of(scaled.Rows(), static value => value / Largest) });
        }

        return states.Length + rows.Length > 0;
    }

    private static void UnpackCodes(ShardSet shards, SourceTensor state, string name)
    {
        string[] parts = ["absmax", "quant_map", "nested_absmax", "nested_quant_map"];
        var form = Form.Read(state);
        var weight = PackedWeights.Beside(shards, state, name);
        var maxima = PackedWeights.Beside(shards, state, $"{name}.{parts[0]}");
        var table = PackedWeights.Beside(shards, state, $"{name}.{parts[1]}");
        var outer = form.NestedBlock > 0 ? PackedWeights.Beside(shards, state, $"{name}.{parts[2]}") : null;
        var outerTable = form.NestedBlock > 0 ? PackedWeights.Beside(shards, state, $"{name}.{parts[3]}") : null;
        var blocks = (form.Count + form.Block - 1) / form.Block;
        if (CountOf(weight) != (form.Count + 1) / 2 || weight.Type != SafetensorsType.U8)
        {
            throw ScaledBlocks.Misfit(state, weight);
        }

        if (CountOf(maxima) != blocks)
        {
            throw ScaledBlocks.Misfit(weight, maxima);
        }

        if (CountOf(table) != Codes)
        {
            throw ScaledBlocks.Misfit(weight, table);
        }

        if (outer is not null && (CountOf(outer) != (blocks + form.NestedBlock - 1) / form.NestedBlock || CountOf(outerTable!) != byte.MaxValue + 1))
        {
            throw ScaledBlocks.Misfit(maxima, outer);
        }

        var width = form.Shape[^1];
        shards.Replace(
            [state.Name, name, .. parts.Select(part => $"{name}.{part}")],
            new SourceTensor(
                name,
                SafetensorsType.F32,
                [.. form.Shape.Select(static length => (long)length)],
                weight.File,
                () =>
                    new PackedRows<Parts>(
                        form.Count / width,
                        width,
                        () => new Parts(ScaledBlocks.Bytes(weight), ScaledBlocks.Values(table), Maxima(form, maxima, outer, outerTable)),
                        (loaded, row, column) =>
                        {
                            var at = (row * width) + column;
                            var pair = loaded.Codes[at / 2];
                            return loaded.Table[at % 2 == 0 ? pair >> 4 : pair & 0xF] * loaded.Maxima[at / form.Block];
                        }
                    )
            )
        );
    }

    private static float[] Maxima(Form form, SourceTensor maxima, SourceTensor? outer, SourceTensor? table)
    {
        if (outer is null)
        {
            return ScaledBlocks.Values(maxima);
        }

        var (codes, values, scales) = (ScaledBlocks.Bytes(maxima), ScaledBlocks.Values(table!), ScaledBlocks.Values(outer));
        return [.. codes.Select((code, index) => (values[code] * scales[index / form.NestedBlock]) + form.NestedOffset)];
    }

    private static long CountOf(SourceTensor tensor) => tensor.Shape.Aggregate(1L, static (product, length) => checked(product * length));

    private sealed record Parts(byte[] Codes, float[] Table, float[] Maxima);

    /// <summary>What stands beside a matrix about it, as JSON in a tensor of bytes.</summary>
    private sealed record Form(int[] Shape, int Block, int NestedBlock, float NestedOffset)
    {
        private const long MostBytes = 1 << 16;

        public long Count => Shape.Aggregate(1L, static (product, length) => product * length);

        /// <exception cref="ConversionException">It is not what bitsandbytes writes.</exception>
        public static Form Read(SourceTensor state)
        {
            try
            {
                if (CountOf(state) is > 0 and <= MostBytes)
                {
                    using var document = LenientJson.Parse(ScaledBlocks.Bytes(state));
                    JsonElement? json = document.RootElement;
                    int[] shape = [.. json.Find("shape").Items().Select(static item => ((JsonElement?)item).Int() ?? 0)];
                    var (block, nested) = (json.Find("blocksize").Int() ?? 0, json.Find("nested_blocksize").Int() ?? 0);
                    var isFit = shape.Length > 0 && Array.TrueForAll(shape, static length => length > 0) && block > 0 && nested >= 0;
                    if (isFit && shape.Aggregate(1.0, static (product, length) => product * length) <= int.MaxValue)
                    {
                        return new Form(shape, block, nested, (float)(json.Find("nested_offset").Number() ?? 0));
                    }
                }
            }
            catch (Exception exception) when (exception is JsonException or OverflowException)
            {
                // Told below.
            }

            throw new ConversionException($"{state.File}: {state.Name} does not say shape and blocks of a matrix", "check that the file is whole");
        }
    }
}
