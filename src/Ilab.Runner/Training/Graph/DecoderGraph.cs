using Ilab.Gguf.Decoders;
using Ilab.Gguf.Description;
using Ilab.Native.Llama.Ggml;
using Tensor = Ilab.Native.Llama.Ggml.Tensor;

namespace Ilab.Runner.Training.Graph;

/// <summary>Builds the forward graph that a <see cref="Decoder"/> describes, with adapters, if any. Activations are [width, tokens * sequences].</summary>
/// <param name="context">Receives the nodes.</param>
/// <param name="model">Description, weights and adapters.</param>
/// <param name="inputs">Inputs of the graph.</param>
/// <param name="dropout">Dropout masks of the adapters; null = no dropout.</param>
internal sealed class DecoderGraph(GgmlContext context, TrainingModel model, GraphInputs inputs, Dropout? dropout = null)
{
    private readonly Decoder _decoder = model.Decoder;
    private readonly BaseWeights _weights = model.Weights;
    private readonly Norms _norms = new(context, model);
    private readonly Linears _linears = new(context, model, dropout);

    public Tensor Embed()
    {
        var x = context.Scale(context.GetRows(_weights["token_embd.weight"], inputs.Tokens), _decoder.EmbeddingScale);
        return _decoder.Places is { } places ? context.Add(x, context.GetRows(_weights[places + ".weight"], inputs.Places!.Value)) : x;
    }

    public Tensor Layer(int index, Tensor x)
    {
        var layer = _decoder.Layers[index];
        var normed = _norms.Of(layer.BeforeAttention, x);
        var attended = context.Add(x, context.Scale(_norms.Of(layer.AfterAttention, Attention(layer, normed)), _decoder.ResidualScale));
        var input =
            !layer.IsParallel ? _norms.Of(layer.BeforeFeedForward, attended)
            : layer.BeforeFeedForward is { } second ? _norms.Of(second, x)
            : normed;
        var output = context.Add(attended, context.Scale(_norms.Of(layer.AfterFeedForward, FeedForward(layer, input)), _decoder.ResidualScale));
        return layer.OutputScale is { } scale ? context.Multiply(output, _weights[scale]) : output;
    }

    /// <returns>Logits [vocabulary, rows] of the rows with a loss.</returns>
    public Tensor Head(Tensor x)
    {
        var normed = _norms.Of(_decoder.OutputNorm, context.GetRows(x, inputs.Selected));
        var logits = context.Scale(_linears.Of(new Projection(_decoder.Head), normed), _decoder.LogitScale);
        return _decoder.LogitCap > 0 ? Apply(logits, new PointFunction(PointKind.SoftCap, 1, _decoder.LogitCap)) : logits;
    }

    public Tensor Logits()
    {
        var x = Embed();
        for (var layer = 0; layer < _decoder.Layers.Count; layer++)
        {
            x = Layer(layer, x);
        }

        return Head(x);
    }

    private Tensor FeedForward(DecoderLayer layer, Tensor x)
    {
        if (layer.Experts is not { } experts)
        {
            return Dense(layer, x);
        }

        var mixed = context.Experts(x, model.BlockOf(experts));
        if (layer.Up is null)
        {
            return mixed;
        }

        var shared = Dense(layer, x);
        return context.Add(
            mixed,
            layer.SharedGate is { } gate ? context.Multiply(shared, Apply(context.MatMul(_weights[gate], x), new PointFunction(PointKind.Sigmoid))) : shared
        );
    }

    private Tensor Dense(DecoderLayer layer, Tensor x)
    {
        var up = _linears.Of(layer.Up!, x);
        if (layer is { Gate: { } gated, Activation: Activation.Silu })
        {
            return _linears.Of(layer.Down!, context.SwiGlu(_linears.Of(gated, x), up));
        }

        var active = Activate(layer, layer.Gate is { } gate ? _linears.Of(gate, x) : up);
        return _linears.Of(layer.Down!, layer.Gate is null ? active : context.Multiply(active, up));
    }

    private Tensor Activate(DecoderLayer layer, Tensor x) =>
        layer.Activation switch
        {
            Activation.Silu => context.Silu(x),
            Activation.Gelu => Apply(x, new PointFunction(PointKind.Gelu)),
            Activation.ExactGelu => Apply(x, new PointFunction(PointKind.ExactGelu)),
            Activation.SquaredRelu => Apply(x, new PointFunction(PointKind.SquaredRelu)),
            Activation.Xielu => Apply(
                x,
                new PointFunction(PointKind.Xielu, layer.ActivationNumbers[0], layer.ActivationNumbers[1], layer.ActivationNumbers[2])
            ),
            _ => throw new InvalidOperationException($"no function {layer.Activation}"),
        };

    private Tensor Attention(DecoderLayer layer, Tensor x)
    {
        if (layer.Latent is { } latent)
        {
            return _linears.Of(layer.Output, new LatentAttention(context, model, inputs, _linears, _norms).Of(layer, latent, x, Turned));
        }

        int size = layer.HeadSize,
            group = layer.Group,
            length = inputs.Length,
            sequences = inputs.Sequences;
        var key = _linears.Of(layer.Key, x);
        var value = layer.Value is { } own ? _linears.Of(own, x) : key;
        var q = Turned(layer, Heads(layer, _linears.Of(layer.Query, x), layer.QueryNorm, layer.Heads));
        var k = Turned(layer, Heads(layer, key, layer.KeyNorm, layer.KeyHeads));
        var v = context.Reshape(Clamped(layer, value), size, layer.KeyHeads, length, sequences);
        // The gradient of what is permuted next lies in another order, which norms cannot take: a reshape puts it straight.
        if (layer is { NormsTurned: true, Rotation: not null })
        {
            q = context.Reshape(_norms.Bare(q), size, layer.Heads, length, sequences);
            k = context.Reshape(_norms.Bare(k), size, layer.KeyHeads, length, sequences);
        }

        v = layer.NormsValues ? context.Reshape(_norms.Bare(v), size, layer.KeyHeads, length, sequences) : v;
        q = inputs.Temperatures is { } temperatures ? context.Multiply(q, temperatures) : q;

        // The queries of a group become rows of its key head, so that no operand needs to be repeated: ggml has no gradient of that for more than one sequence.
        q = context.Contiguous(context.Permute(context.Reshape(q, size * group, layer.KeyHeads, length, sequences), 0, 2, 1, 3));
        q = group == 1 ? q : context.Reshape(q, size, group * length, layer.KeyHeads, sequences);
        k = context.Contiguous(context.Permute(k, 0, 2, 1, 3));
        v = context.Contiguous(context.Permute(v, 1, 2, 0, 3));

        var scores = context.MatMul(k, q);
        var weights =
            layer.ScoreCap > 0
                ? context.SoftMax(Apply(scores, new PointFunction(PointKind.SoftCap, layer.AttentionScale, layer.ScoreCap)), inputs.MaskOf(layer), 1)
            : layer.Sinks is { } sinks ? context.SoftMax(scores, inputs.MaskOf(layer), layer.AttentionScale, _weights[sinks], group)
            : context.SoftMax(scores, inputs.MaskOf(layer), layer.AttentionScale);
        var o = context.Reshape(context.MatMul(v, weights), size * group, length, layer.KeyHeads, sequences);
        o = context.Contiguous(context.Permute(o, 0, 2, 1, 3));
        return _linears.Of(layer.Output, context.Reshape(o, size * layer.Heads, length * sequences));
    }

    private Tensor Heads(DecoderLayer layer, Tensor y, HeadNorm? norm, int heads)
    {
        y = Clamped(layer, y);
        y = norm is { IsWhole: true } ? _norms.Of(norm.Name, y) : y;
        y = context.Reshape(y, layer.HeadSize, heads, inputs.Length, inputs.Sequences);
        return norm is { IsWhole: false } ? _norms.Of(norm.Name, y) : y;
    }

    private Tensor Clamped(DecoderLayer layer, Tensor y) => layer.Clamp > 0 ? Apply(y, new PointFunction(PointKind.Clamp, layer.Clamp)) : y;

    private Tensor Turned(DecoderLayer layer, Tensor x)
    {
        if (layer.Rotation is not { } rotation)
        {
            return context.Reshape(x, x[0], x[1], x[2], x[3]);
        }

        var factors = inputs.Length > rotation.OriginalContext ? rotation.LongFactors : rotation.Factors;
        return context.Rope(
            x,
            inputs.Positions,
            new RopeParameters(rotation.Dimensions, rotation.IsHalves, rotation.Base, rotation.Scale, factors is null ? default : _weights[factors])
            {
                OriginalContext = rotation.OriginalContext,
                Extension = rotation.Extension,
                Magnitude = rotation.Magnitude,
                BetaFast = rotation.BetaFast,
                BetaSlow = rotation.BetaSlow,
            }
        );
    }

    private Tensor Apply(Tensor x, in PointFunction function) => context.Apply(x, function, model.Backend.CallsFunctions);
}
