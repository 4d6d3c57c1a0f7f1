using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Inference.Embeddings;

/// <summary>How the protocol names poolings.</summary>
internal static class PoolingNames
{
    public const string Rank = "rank";

    /// <exception cref="RunnerException">INVALID_ARGUMENT.</exception>
    public static Pooling Parse(string name) =>
        name switch
        {
            "" => Pooling.OfModel,
            "mean" => Pooling.Mean,
            "first" => Pooling.First,
            "last" => Pooling.Last,
            "none" => Pooling.None,
            Rank => Pooling.Rank,
            _ => throw new RunnerException(RunnerErrors.InvalidArgument, $"unknown pooling '{name}'"),
        };
}
