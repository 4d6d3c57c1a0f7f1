using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>Builds the forward graph of the llama family, with adapters where there are any. Activations are [width, tokens * sequences].</summary>
/// <param name="context">Takes the nodes.</param>
internal sealed class LlamaGraph(GgmlContext context, Architecture shape, BaseWeights weights, Adapters? adapters, GraphInputs inputs)
{
    private readonly RopeParameters _rope = new(shape.RopeDimensions, shape.IsNeoX, shape.RopeBase, shape.RopeScale, weights.Find("rope_freqs.weight") ?? default);

    public Tensor Embed() => context.Scale(context.GetRows(weights["token_embd.weight"], inputs.Tokens), shape.EmbeddingScale);

    public Tensor Layer(int index, Tensor x)
    {
        var prefix = $"blk.{index}.";
        var attention = Attention(prefix, Norm(prefix + "attn_norm", x));
        x = context.Add(x, context.Scale(attention, shape.ResidualScale));
        var input = Norm(prefix + "ffn_norm", x);
        var gated = context.SwiGlu(Linear(prefix + "ffn_gate", input), Linear(prefix + "ffn_up", input));
        return context.Add(x, context.Scale(Linear(prefix + "ffn_down", gated), shape.ResidualScale));
    }

    /// <returns>Logits [vocabulary, rows] of the rows that count.</returns>
    public Tensor Head(Tensor x)
    {
        x = Norm("output_norm", context.GetRows(x, inputs.Selected));
        var name = weights.Find("output.weight") is null ? "token_embd" : "output";
        return context.Scale(Linear(name, x), shape.LogitScale);
    }

    public Tensor Logits()
    {
        var x = Embed();
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            x = Layer(layer, x);
        }

        return Head(x);
    }

    private Tensor Norm(string name, Tensor x) => context.Multiply(context.RmsNorm(x, shape.Epsilon), weights[name + ".weight"]);

    private Tensor Linear(string name, Tensor x)
    {
        var weight = weights[name + ".weight"];
        var y = context.MatMul(weight, x);
        if (weights.Find(name + ".bias") is { } bias)
        {
            y = context.Add(y, bias);
        }

        if (adapters?.Find(weight.Name) is var (a, b))
        {
            y = context.Add(y, context.MatMul(b, context.Scale(context.MatMul(a, x), adapters.Scale)));
        }

        return y;
    }

    private Tensor Attention(string prefix, Tensor x)
    {
        int size = shape.HeadSize, group = shape.Group, length = inputs.Length, sequences = inputs.Sequences;
        var q = Rotate(Heads(prefix, "attn_q", x, shape.Heads));
        var k = Rotate(Heads(prefix, "attn_k", x, shape.KeyHeads));
        var v = Linear(prefix + "attn_v", x);

        // A group's queries become rows of its key head, so that no operand has to be repeated: that has no gradient for more than one sequence.
        q = context.Contiguous(context.Permute(context.Reshape(q, size * group, shape.KeyHeads, length, sequences), 0, 2, 1, 3));
        q = context.Reshape(q, size, group * length, shape.KeyHeads, sequences);
        k = context.Contiguous(context.Permute(k, 0, 2, 1, 3));
        v = context.Contiguous(context.Permute(context.Reshape(v, size, shape.KeyHeads, length, sequences), 1, 2, 0, 3));

        var scores = context.SoftMax(context.MatMul(k, q), inputs.Mask, shape.AttentionScale);
        var o = context.Reshape(context.MatMul(v, scores), size * group, length, shape.KeyHeads, sequences);
        o = context.Contiguous(context.Permute(o, 0, 2, 1, 3));
        return Linear(prefix + "attn_output", context.Reshape(o, size * shape.Heads, length * sequences));
    }

    private Tensor Heads(string prefix, string name, Tensor x, int heads)
    {
        var y = context.Reshape(Linear(prefix + name, x), shape.HeadSize, heads, inputs.Length, inputs.Sequences);
        return weights.Find($"{prefix}{name}_norm.weight") is { } norm ? context.Multiply(context.RmsNorm(y, shape.Epsilon), norm) : y;
    }

    private Tensor Rotate(Tensor x) => context.Rope(x, inputs.Positions, _rope);
}
