namespace Ilab.Runner.Contract.Bundles;

/// <summary>What a runner does: the first argument of <c>ilab-runner</c> and the kind in its spec.</summary>
public static class RunnerKinds
{
    /// <summary>Serves a model over its socket.</summary>
    public const string Infer = "infer";

    public const string Train = "train";

    /// <summary>Tasks: described by a <see cref="Tasks.TaskSpec"/> instead of a <see cref="RunnerSpec"/>.</summary>
    public const string Quantize = "quantize",
        Merge = "merge",
        Convert = "convert",
        Perplexity = "perplexity";
}
