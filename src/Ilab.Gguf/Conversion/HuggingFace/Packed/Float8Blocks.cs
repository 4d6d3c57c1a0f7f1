using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.HuggingFace.Packed;

/// <summary>FP8 with a scale for each block of a matrix, as DeepSeek and Qwen publish it.</summary>
internal static class Float8Blocks
{
    private const string Scale = "_scale_inv";

    public static bool Unpack(JsonElement settings, ShardSet shards)
    {
        var size = settings.Find("weight_block_size").Items().Select(static item => ((JsonElement?)item).Int() ?? 0).ToArray();
        (long, long)? block = size is [> 0, > 0] ? (size[0], size[1]) : null;
        var scales = shards.Names.Where(static name => name.EndsWith(Scale, StringComparison.Ordinal)).ToArray();
        foreach (var name in scales)
        {
            var tensor = shards.Find(name)!;
            var weight = PackedWeights.Beside(shards, tensor, name[..^Scale.Length]);
            shards.Replace(
                [name],
                ScaledBlocks.Of(weight, tensor, tensor.Shape.Aggregate(1L, static (product, length) => product * length) == 1 ? null : block)
            );
        }

        foreach (var name in shards.Names.Where(static name => name.EndsWith("activation_scale", StringComparison.Ordinal)).ToArray())
        {
            shards.Remove(name);
        }

        return scales.Length > 0;
    }
}
