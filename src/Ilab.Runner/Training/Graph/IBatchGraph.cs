using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>Forward, loss and backward for batches of one shape.</summary>
internal interface IBatchGraph : IDisposable
{
    BatchShape Shape { get; }

    /// <summary>Bytes beside the memory of the graph.</summary>
    long Size { get; }

    /// <summary>Computes the loss and, unless it is forward only, adds to the gradients.</summary>
    /// <param name="weight">What each learned row's gradient is multiplied by.</param>
    /// <param name="draw">What dropout is drawn from: the same numbers, the same masks.</param>
    /// <returns>The sum of -log p over the learned rows.</returns>
    double Compute(TrainingBatch batch, float weight, (int Epoch, int Batch) draw = default);
}
