using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>Forward pass, loss and backward pass for batches of one shape.</summary>
internal interface IBatchGraph : IDisposable
{
    BatchShape Shape { get; }

    /// <summary>Bytes in addition to the memory of the graph.</summary>
    long Size { get; }

    /// <summary>Computes the loss and, unless the graph is forward-only, accumulates gradients.</summary>
    /// <param name="weight">Factor of each row's gradient.</param>
    /// <param name="draw">Seed of the dropout masks: the same numbers give the same masks.</param>
    /// <returns>The sum of -log p over the rows with a loss.</returns>
    double Compute(TrainingBatch batch, float weight, (int Epoch, int Batch) draw = default);
}
