using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>Estimates the memory of a training before its runner has planned it.</summary>
internal static class TrainingEstimate
{
    private const int BytesOfATrainedParameter = 16,
        LinearLayers = 7,
        WidthsOfALayer = 4;

    /// <summary>
    /// Bytes of weights, gradients and optimizer moments. Always a lower bound: a training that fits must not be rejected before its runner has planned it. The
    /// runner's own process is not included, since it depends on the installed libraries.
    /// </summary>
    public static long Bytes(ModelSummary model, TrainingSpec options)
    {
        var trained = options.IsWhole ? (long)model.Parameters : (long)options.Rank * model.Layers * LinearLayers * WidthsOfALayer * model.Embedding;
        return (options.IsWhole ? 0 : model.Size) + (trained * BytesOfATrainedParameter);
    }
}
