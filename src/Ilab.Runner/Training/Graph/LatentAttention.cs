using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;
using Tensor = Ilab.Native.Llama.Ggml.Tensor;

namespace Ilab.Runner.Training.Graph;

/// <summary>
/// Attention whose keys and values are one short vector for all heads. The part of a query that does not turn is multiplied by the matrix that would make
/// keys of the vector, and what was attended to by the one that makes values of it: all heads share one head of keys.
/// </summary>
internal sealed class LatentAttention(GgmlContext context, TrainingModel model, GraphInputs inputs, Linears linears, Norms norms)
{
    /// <param name="turned">Turns [size, heads, tokens, sequences] by their positions.</param>
    /// <returns>[values * heads, tokens * sequences].</returns>
    public Tensor Of(DecoderLayer layer, Latent latent, Tensor x, Func<DecoderLayer, Tensor, Tensor> turned)
    {
        var (heads, length, sequences) = (layer.Heads, inputs.Length, inputs.Sequences);
        var (all, turning) = (length * sequences, layer.HeadSize - latent.Plain);

        var narrow = latent.QueryDown is { } down ? norms.Of(latent.QueryNorm, linears.Of(down, x)) : x;
        var query = context.Reshape(linears.Of(layer.Query, narrow), layer.HeadSize, heads, all);
        var plain = Stacked(latent.KeyUp, context.ColumnsOf(query, 0, latent.Plain));
        plain = context.Reshape(plain, latent.Rank, heads * length, 1, sequences);
        var other = context.Contiguous(context.ColumnsOf(query, latent.Plain, turning));
        other = context.Reshape(turned(layer, context.Reshape(other, turning, heads, length, sequences)), turning, heads * length, 1, sequences);

        var vector = context.Reshape(norms.Of(latent.Norm, linears.Of(layer.Key, x)), latent.Rank, 1, length, sequences);
        var key = context.Reshape(vector, latent.Rank, length, 1, sequences);
        var place = context.Reshape(linears.Of(latent.Turned, x), turning, 1, length, sequences);
        place = context.Reshape(turned(layer, place), turning, length, 1, sequences);
        var value = context.Contiguous(context.Permute(vector, 1, 2, 0, 3));

        var scores = context.Add(context.MatMul(key, plain), context.MatMul(place, other));
        var weights = context.SoftMax(scores, inputs.MaskOf(layer), layer.AttentionScale);
        var seen = context.Reshape(context.MatMul(value, weights), latent.Rank, heads, all);
        var result = Stacked(latent.ValueUp, seen);
        return context.Reshape(result, result[0] * heads, all);
    }

    /// <summary>A matrix of its own for each head.</summary>
    /// <param name="a">[columns, heads, rows].</param>
    /// <returns>[rows of the matrices, heads, rows].</returns>
    private Tensor Stacked(string matrices, Tensor a)
    {
        var product = context.MatMul(model.Weights[matrices], context.Contiguous(context.Permute(a, 0, 2, 1, 3)));
        return context.Contiguous(context.Permute(product, 0, 2, 1, 3));
    }
}
