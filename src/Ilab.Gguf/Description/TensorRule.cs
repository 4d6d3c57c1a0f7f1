namespace Ilab.Gguf.Description;

/// <summary>Where one tensor of a GGUF comes from.</summary>
/// <param name="Source">
/// Name in the checkpoint. <c>{experts}</c> in it stands for 0, 1, ... up to that measure: the tensors of these names are stacked along a new first axis.
/// </param>
/// <param name="Target">Name in the GGUF.</param>
/// <param name="Shape">Of one tensor of the checkpoint, slowest axis first; lengths are expressions with spaces between axes only.</param>
public sealed record TensorRule(string Source, string Target, string Shape)
{
    /// <summary>Applied in this order, after stacking.</summary>
    public IReadOnlyList<TensorStep> Steps { get; init; } = [];

    /// <summary>Whether a model without it is whole.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether a layer (or with -1 the model) has it; null = always.</summary>
    public Func<ModelConfig, int, bool>? Where { get; init; }

    /// <summary>Blocks of MXFP4 whose scales are in another tensor: name of it.</summary>
    public string? Scales { get; init; }

    /// <summary>Where the values are all zero the tensor is left out, and other values are refused: the graph has no such term.</summary>
    public bool IsZero { get; init; }

    public TensorRule Optional() => this with { IsOptional = true };

    public TensorRule When(Func<ModelConfig, int, bool> where) => this with { Where = where };
}

/// <summary>Short ways to write rules.</summary>
public static class Tensor
{
    /// <param name="source">Name in the checkpoint, relative to the layer in the rules of layers.</param>
    /// <param name="target">Name in the GGUF, relative to the layer likewise.</param>
    public static TensorRule Of(string source, string target, string shape, params IReadOnlyList<TensorStep> steps) =>
        new(source, target, shape) { Steps = steps };

    /// <summary>A matrix without a bias: <c>.weight</c> is added to both names.</summary>
    public static TensorRule Matrix(string source, string target, string shape, params IReadOnlyList<TensorStep> steps) =>
        new($"{source}.weight", $"{target}.weight", shape) { Steps = steps };

    /// <summary>A matrix and the bias that it may have; the steps are for both.</summary>
    public static TensorRule[] Linear(string source, string target, string shape, params IReadOnlyList<TensorStep> steps) =>
        [Matrix(source, target, shape, steps), Bias(source, target, shape, steps).Optional()];

    /// <summary>A matrix and its bias.</summary>
    public static TensorRule[] Biased(string source, string target, string shape, params IReadOnlyList<TensorStep> steps) =>
        [Matrix(source, target, shape, steps), Bias(source, target, shape, steps)];

    /// <summary>Scales of a norm over <paramref name="length"/> values.</summary>
    public static TensorRule Norm(string source, string target, string length = "hidden", params IReadOnlyList<TensorStep> steps) =>
        new($"{source}.weight", $"{target}.weight", length) { Steps = steps };

    /// <summary>Scales and offsets of a layer norm.</summary>
    public static TensorRule[] LayerNorm(string source, string target, string length = "hidden") =>
        [Norm(source, target, length), new($"{source}.bias", $"{target}.bias", length)];

    private static TensorRule Bias(string source, string target, string shape, IReadOnlyList<TensorStep> steps) =>
        new($"{source}.bias", $"{target}.bias", shape.Split(' ')[0]) { Steps = steps };
}
