using Ilab.Gguf.Decoders;
using Ilab.Gguf.Description;
using Ilab.Native.Llama.Ggml;
using Tensor = Ilab.Native.Llama.Ggml.Tensor;

namespace Ilab.Runner.Training.Graph;

/// <summary>Norms in a graph, of the kind that the model has.</summary>
internal sealed class Norms(GgmlContext context, TrainingModel model)
{
    /// <param name="norm">Null = none: x as it is.</param>
    public Tensor Of(DecoderNorm? norm, Tensor x) =>
        norm is null ? x
        : norm.Name is { } name ? Of(name, x)
        : Normed(x);

    /// <param name="name">Of the weights, without <c>.weight</c>; a bias counts if there is one.</param>
    public Tensor Of(string name, Tensor x)
    {
        var scaled = context.Multiply(Normed(x), model.Weights[name + ".weight"]);
        return model.Weights.Find(name + ".bias") is { } bias ? context.Add(scaled, bias) : scaled;
    }

    /// <summary>Without weights, and always over the root mean square.</summary>
    public Tensor Bare(Tensor x) => context.RmsNorm(x, model.Decoder.Epsilon);

    private Tensor Normed(Tensor x) =>
        model.Decoder.Norm == NormKind.Layer ? context.LayerNorm(x, model.Decoder.Epsilon, model.Backend.CallsFunctions) : Bare(x);
}
