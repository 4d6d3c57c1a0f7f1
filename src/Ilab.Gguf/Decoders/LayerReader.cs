using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Decoders;

/// <summary>Works out what one layer computes.</summary>
internal sealed class LayerReader(DecoderSettings settings, DecoderTensors tensors, Computation computation)
{
    private readonly RotationReader _rotations = new(settings, tensors, computation);
    private readonly int _layers = settings.Required("block_count"),
        _width = settings.Required("embedding_length");

    public DecoderLayer Read(int layer)
    {
        RefuseOthers();
        var prefix = $"blk.{layer}.";
        var window = WindowOf(layer);
        var heads = settings.Required("attention.head_count", layer);
        var keyHeads = settings.Whole("attention.head_count_kv", layer) ?? heads;
        var latent = computation.IsLatent ? new LatentReader(settings, tensors).Read(prefix, heads) : null;
        var head = latent?.Head ?? HeadOf(layer, heads, window);
        if (keyHeads <= 0 || heads % keyHeads != 0 || head <= 0 || head % 2 != 0)
        {
            throw new UntrainableException($"inconsistent attention shape: {heads} heads, {keyHeads} key/value heads, head size {head}", true);
        }

        var (query, key, value) = latent is { } own ? (own.Query, own.Key, null) : AttentionOf(prefix, heads * (long)head, keyHeads * (long)head);
        var experts = new ExpertReader(settings, tensors, computation).Read(prefix, layer);
        var (gate, up, down) = FeedForwardOf(prefix, experts is null ? "" : "_shexp", isOptional: experts is not null);
        var second = NormOf(prefix + computation.FeedForwardNorm, isOptional: computation.Blocks is Blocks.Parallel or Blocks.ParallelWithoutSecondNorm);
        return new DecoderLayer
        {
            Heads = heads,
            KeyHeads = keyHeads,
            HeadSize = head,
            Window = window,
            Rotation = _rotations.Read(layer, head, window),
            AttentionScale = settings.Float("attention.scale", 0) is var said and > 0 ? said : ScaleOf(heads, head) * (latent?.Scale ?? 1),
            Latent = latent?.Latent,
            Sinks = computation.HasSinks && tensors.Use(prefix + "attn_sinks.weight") is not null ? prefix + "attn_sinks.weight" : null,
            ScoreCap = settings.Float("attn_logit_softcapping", 0),
            Clamp = computation.Clamp is { } clamp ? settings.Float(clamp, 0) : 0,
            NormsTurned = computation.NormsTurned?.Invoke(settings.Whole("expert_count") ?? 0) == true,
            NormsValues = computation.NormsValues,
            BeforeAttention = NormOf(prefix + "attn_norm"),
            AfterAttention = computation.FeedForwardNorm == "post_attention_norm" ? null : Weighted(prefix + "post_attention_norm"),
            BeforeFeedForward = second,
            AfterFeedForward = Weighted(prefix + "post_ffw_norm"),
            QueryNorm = HeadNormOf(prefix + "attn_q_norm", heads, head),
            KeyNorm = HeadNormOf(prefix + "attn_k_norm", keyHeads, head),
            IsParallel = computation.Blocks switch
            {
                Blocks.Parallel => true,
                Blocks.ParallelWithoutSecondNorm => second is null,
                Blocks.BySetting => settings.Number("use_parallel_residual") is null or not 0,
                _ => false,
            },
            Query = query,
            Key = key,
            Value = value,
            Output = Checked(new Projection(prefix + "attn_output"), _width),
            Gate = gate,
            Up = up,
            Down = down,
            Experts = experts,
            SharedGate = tensors.Use(prefix + "ffn_gate_inp_shexp.weight") is null ? null : prefix + "ffn_gate_inp_shexp.weight",
            Activation = ActivationOf(),
            ActivationNumbers = computation.Activation == Activation.Xielu ? XieluOf(layer) : [],
            OutputScale = tensors.Use(prefix + "layer_output_scale.weight") is null ? null : prefix + "layer_output_scale.weight",
        };
    }

    // A file that has the other GELU than its family says so.
    private Activation ActivationOf() =>
        computation.Activation is Activation.Gelu or Activation.ExactGelu && settings.Text(Gelu.Key) is { } said
            ? Gelu.FormOf(said) ?? throw new UntrainableException($"its feed-forward parts have the function {said}, which training does not know")
            : computation.Activation;

    // What is learned is the softplus of two of them, and the lower one begins at beta.
    private float[] XieluOf(int layer)
    {
        var beta = Of("beta");
        return [(float)(beta + Softplus(Of("alpha_n"))), (float)Softplus(Of("alpha_p")), (float)beta];

        double Of(string name) => settings.Number($"/xielu.{name}", layer) ?? throw new UntrainableException($"xielu.{name} of layer {layer} is missing", true);

        static double Softplus(double value) => value > 20 ? value : Math.Log(1 + Math.Exp(value));
    }

    private void RefuseOthers()
    {
        if (settings.Whole("attention.shared_kv_layers") is > 0)
        {
            throw new UntrainableException("layers of it use the keys and values of others, which training does not do");
        }

        if (settings.Whole("embedding_length_per_layer_input") is > 0)
        {
            throw new UntrainableException("it has embeddings for each layer, which training does not do");
        }
    }

    private int WindowOf(int layer)
    {
        const string Key = "attention.sliding_window",
            Pattern = "attention.sliding_window_pattern";
        if (computation.Windows is not { } rule)
        {
            return 0;
        }

        var length = settings.Whole(Key) ?? rule.Length;
        var period = settings.IsList(Pattern) ? 0 : settings.Whole(Pattern) ?? rule.Period;
        var isWindow = settings.IsList(Pattern) ? settings.Number(Pattern, layer) is > 0 : period == 0 || layer % period < period - 1;
        return isWindow ? length : 0;
    }

    // In layers with a window, heads may have a length of their own.
    private int HeadOf(int layer, int heads, int window)
    {
        var whole = settings.Whole("attention.key_length", layer) ?? _width / heads;
        var head = window > 0 ? settings.Whole("attention.key_length_swa", layer) ?? whole : whole;
        var values = (window > 0 ? settings.Whole("attention.value_length_swa", layer) : null) ?? settings.Whole("attention.value_length", layer) ?? head;
        return values == head || settings.Whole("attention.value_length", layer) is null
            ? head
            : throw new UntrainableException($"its keys have {head} values a head and its values {values}, which training does not do");
    }

    private float ScaleOf(int heads, int head) =>
        computation.AttentionScale is { } scale ? (float)scale(new DecoderMeasures(_layers, _width, heads, head)) : 1 / MathF.Sqrt(head);

    private (Projection Query, Projection Key, Projection? Value) AttentionOf(string prefix, long queries, long keys)
    {
        var fused = prefix + "attn_qkv";
        if (tensors.Weight(fused) is { } all)
        {
            return all.Shape.Count == 2 && (long)all.Shape[1] == queries + (2 * keys)
                ? (new Projection(fused, 0, queries), new Projection(fused, queries, keys), new Projection(fused, queries + keys, keys))
                : throw new UntrainableException($"{fused}.weight has {all.Shape[^1]} rows, {queries + (2 * keys)} are due", true);
        }

        var value = tensors.Weight(prefix + "attn_v") is null && computation.NormsValues ? null : Checked(new Projection(prefix + "attn_v"), keys);
        return (Checked(new Projection(prefix + "attn_q"), queries), Checked(new Projection(prefix + "attn_k"), keys), value);
    }

    // Without a matrix of its own, a gate may be the first half of the way up.
    private (Projection? Gate, Projection? Up, Projection? Down) FeedForwardOf(string prefix, string end, bool isOptional)
    {
        if (isOptional && tensors.Weight($"{prefix}ffn_up{end}") is null)
        {
            return default;
        }

        Projection up = new($"{prefix}ffn_up{end}"),
            down = new($"{prefix}ffn_down{end}"),
            gate = new($"{prefix}ffn_gate{end}");
        Checked(down, _width);
        var (rows, length) = ((long)tensors.Matrix(up.Name).Shape[1], (long)tensors.Matrix(down.Name).Shape[0]);
        if (tensors.Weight(gate.Name) is not null)
        {
            return (Checked(gate, length), Checked(up, length), down);
        }

        return rows == 2 * length ? (up with { First = 0, Rows = length }, up with { First = length, Rows = length }, down) : (null, Checked(up, length), down);
    }

    private DecoderNorm? NormOf(string name, bool isOptional = false) =>
        Weighted(name)
        ?? (
            computation.NormsAreBare ? new DecoderNorm(null)
            : isOptional || !computation.NormsBefore ? null
            : throw new UntrainableException($"{name}.weight is missing", true)
        );

    private DecoderNorm? Weighted(string name) =>
        tensors.Weight(name) is not { } weight ? null
        : weight.Elements == (ulong)_width ? new DecoderNorm(name)
        : throw new UntrainableException($"{name}.weight has {weight.Elements} values instead of {_width}", true);

    private HeadNorm? HeadNormOf(string name, int heads, int head) =>
        tensors.Weight(name) is not { } weight ? null
        : weight.Elements == (ulong)head || (weight.Shape.Count == 2 && weight.Shape[0] == (ulong)head && weight.Shape[1] == (ulong)heads)
            ? new HeadNorm(name, IsWhole: false)
        : weight.Elements == (ulong)head * (ulong)heads ? new HeadNorm(name, IsWhole: true)
        : throw new UntrainableException($"{name}.weight has {weight.Elements} values, {head} are due, or {head * (long)heads}", true);

    private Projection Checked(Projection projection, long rows) =>
        (long)tensors.Matrix(projection.Name).Shape[1] == rows
            ? projection
            : throw new UntrainableException($"{projection.Name}.weight has {tensors.Matrix(projection.Name).Shape[1]} rows, {rows} are due", true);
}
