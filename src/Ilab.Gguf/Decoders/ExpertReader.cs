using Ilab.Gguf.Description;

namespace Ilab.Gguf.Decoders;

/// <summary>Works out the experts of a layer.</summary>
internal sealed class ExpertReader(DecoderSettings settings, DecoderTensors tensors, Computation computation)
{
    private const int Softmax = 1,
        Sigmoid = 2;

    /// <returns>Null = the layer has none.</returns>
    /// <exception cref="UntrainableException">A form that training does not know.</exception>
    public Experts? Read(string prefix, int layer)
    {
        if (tensors.Use(prefix + "ffn_gate_inp.weight") is not { } router)
        {
            return null;
        }

        if (computation.Experts is not { } rule || GatingOf(rule) is not (0 or Softmax or Sigmoid))
        {
            throw new UntrainableException("it is a mixture of experts of a form whose gradient is not implemented");
        }

        var (gate, up, down) = (Stack(prefix + "ffn_gate_exps"), Stack(prefix + "ffn_up_exps"), Stack(prefix + "ffn_down_exps"));
        var bias = prefix + "exp_probs_b.bias";
        return new Experts(
            prefix + "ffn_gate_inp.weight",
            gate,
            up,
            down,
            tensors.Use(bias) is null ? null : bias,
            settings.Required("expert_used_count", layer) is var used && (ulong)used <= router.Shape[^1]
                ? used
                : throw new UntrainableException($"{used} of {router.Shape[^1]} experts are used", true),
            rule.Normalizes || settings.Number("expert_weights_norm") is > 0,
            settings.Float("expert_weights_scale", 1) is var scale and not 0 ? scale : 1
        )
        {
            Biases = (
                Added(prefix + "ffn_gate_inp.bias"),
                Added(prefix + "ffn_gate_exps.bias"),
                Added(prefix + "ffn_up_exps.bias"),
                Added(prefix + "ffn_down_exps.bias")
            ),
            Groups = GroupsOf(GatingOf(rule) == Sigmoid, (int)router.Shape[^1]),
            IsBound = rule.IsBound,
            IsSigmoid = GatingOf(rule) == Sigmoid,
            WeighsInputs = rule.WeighsInputs,
        };
    }

    // DeepSeek V3, whose scores are sigmoids, takes the two best of each group; V2 takes the best.
    private (int Count, int Used, int Best) GroupsOf(bool isSigmoid, int experts)
    {
        if (settings.Whole("expert_group_count") is not ({ } count and > 1))
        {
            return default;
        }

        var (used, best) = (settings.Required("expert_group_used_count"), isSigmoid ? 2 : 1);
        return
            experts % count == 0 && experts / count >= best && used > 0 && used <= count && settings.Required("expert_used_count") <= used * (experts / count)
            ? (count, used, best)
            : throw new UntrainableException($"{experts} experts are no {count} groups of which {used} are used", true);
    }

    private int GatingOf(ExpertRule rule) =>
        settings.Whole("expert_gating_func") is { } said and > 0 ? said
        : rule.IsSigmoid ? Sigmoid
        : Softmax;

    private string? Added(string name) => tensors.Use(name) is null ? null : name;

    private string Stack(string name) =>
        tensors.Use(name + ".weight") is { Shape.Count: 3 }
            ? name + ".weight"
            : throw new UntrainableException($"{name}.weight is missing, or has not three dimensions", true);
}
