using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>What is known of a training's memory before its runner has planned.</summary>
internal static class TrainingEstimate
{
    private const int BytesOfATrainedParameter = 16,
        LinearLayers = 7,
        WidthsOfALayer = 4;

    /// <summary>
    /// Bytes of weights, gradients and moments. Less than it will be, always: what fits must not be refused before its runner has planned. The runner's own
    /// process is
    /// therefore left to the plan, which measures it: what it takes depends on the libraries that are there.
    /// </summary>
    public static long Bytes(ModelSummary model, TrainingSpec options)
    {
        var trained = options.IsWhole ? (long)model.Parameters : (long)options.Rank * model.Layers * LinearLayers * WidthsOfALayer * model.Embedding;
        return (options.IsWhole ? 0 : model.Size) + (trained * BytesOfATrainedParameter);
    }
}
