using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>Builds the forward graph of the Llama family, with adapters, if any. Activations are [width, tokens * sequences].</summary>
/// <param name="context">Receives the nodes.</param>
/// <param name="model">Shape, weights and adapters.</param>
/// <param name="inputs">Inputs of the graph.</param>
/// <param name="dropout">Dropout masks of the adapters; null = no dropout.</param>
internal sealed class LlamaGraph(GgmlContext context, TrainingModel model, GraphInputs inputs, Dropout? dropout = null)
{
    private readonly Architecture _shape = model.Shape;
    private readonly BaseWeights _weights = model.Weights;
    private readonly Dictionary<string, int> _numbers = dropout is null
        ? []
        : model.Weights.All.Select(static (weight, index) => (weight.Name, index)).ToDictionary(static entry => entry.Name, static entry => entry.index);
    private readonly RopeParameters _rope = new(
        model.Shape.RopeDimensions,
        model.Shape.IsNeoX,
        model.Shape.RopeBase,
        model.Shape.RopeScale,
        model.Weights.Find("rope_freqs.weight") ?? default
    );

    public Tensor Embed() => context.Scale(context.GetRows(_weights["token_embd.weight"], inputs.Tokens), _shape.EmbeddingScale);

    public Tensor Layer(int index, Tensor x)
    {
        var prefix = $"blk.{index}.";
        var attention = Attention(prefix, Norm(prefix + "attn_norm", x));
        x = context.Add(x, context.Scale(attention, _shape.ResidualScale));
        var input = Norm(prefix + "ffn_norm", x);
        var gated = context.SwiGlu(Linear(prefix + "ffn_gate", input), Linear(prefix + "ffn_up", input));
        return context.Add(x, context.Scale(Linear(prefix + "ffn_down", gated), _shape.ResidualScale));
    }

    /// <returns>Logits [vocabulary, rows] of the rows with a loss.</returns>
    public Tensor Head(Tensor x)
    {
        x = Norm("output_norm", context.GetRows(x, inputs.Selected));
        var name = _weights.Find("output.weight") is null ? "token_embd" : "output";
        return context.Scale(Linear(name, x), _shape.LogitScale);
    }

    public Tensor Logits()
    {
        var x = Embed();
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            x = Layer(layer, x);
        }

        return Head(x);
    }

    private Tensor Norm(string name, Tensor x) => context.Multiply(context.RmsNorm(x, _shape.Epsilon), _weights[name + ".weight"]);

    private Tensor Linear(string name, Tensor x)
    {
        var weight = _weights[name + ".weight"];
        var y = context.MatMul(weight, x);
        if (_weights.Find(name + ".bias") is { } bias)
        {
            y = context.Add(y, bias);
        }

        if (model.Adapters?.Find(weight.Name) is var (a, b))
        {
            var seen = dropout?.Apply(context, x, _numbers[weight.Name]) ?? x;
            y = context.Add(y, context.MatMul(b, context.Scale(context.MatMul(a, seen), model.Adapters.Scale)));
        }

        return y;
    }

    private Tensor Attention(string prefix, Tensor x)
    {
        int size = _shape.HeadSize,
            group = _shape.Group,
            length = inputs.Length,
            sequences = inputs.Sequences;
        var q = Rotate(Heads(prefix, "attn_q", x, _shape.Heads));
        var k = Rotate(Heads(prefix, "attn_k", x, _shape.KeyHeads));
        var v = Linear(prefix + "attn_v", x);

        // The queries of a group become rows of its key head, so that no operand needs to be repeated: ggml has no gradient of that for more than one sequence.
        q = context.Contiguous(context.Permute(context.Reshape(q, size * group, _shape.KeyHeads, length, sequences), 0, 2, 1, 3));
        q = group == 1 ? q : context.Reshape(q, size, group * length, _shape.KeyHeads, sequences);
        k = context.Contiguous(context.Permute(k, 0, 2, 1, 3));
        v = context.Contiguous(context.Permute(context.Reshape(v, size, _shape.KeyHeads, length, sequences), 1, 2, 0, 3));

        var scores = context.SoftMax(context.MatMul(k, q), inputs.Mask, _shape.AttentionScale);
        var o = context.Reshape(context.MatMul(v, scores), size * group, length, _shape.KeyHeads, sequences);
        o = context.Contiguous(context.Permute(o, 0, 2, 1, 3));
        return Linear(prefix + "attn_output", context.Reshape(o, size * _shape.Heads, length * sequences));
    }

    private Tensor Heads(string prefix, string name, Tensor x, int heads)
    {
        var y = context.Reshape(Linear(prefix + name, x), _shape.HeadSize, heads, inputs.Length, inputs.Sequences);
        return _weights.Find($"{prefix}{name}_norm.weight") is { } norm ? context.Multiply(context.RmsNorm(y, _shape.Epsilon), norm) : y;
    }

    private Tensor Rotate(Tensor x) => context.Rope(x, inputs.Positions, _rope);
}
