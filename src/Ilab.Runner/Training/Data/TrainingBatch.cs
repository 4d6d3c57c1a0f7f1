namespace Ilab.Runner.Training.Data;

/// <summary>The dimensions of a batch, for which a graph is built.</summary>
/// <param name="Length">Sequence length in tokens.</param>
/// <param name="Sequences">Sequences per batch.</param>
/// <param name="Rows">Positions with a loss, rounded up.</param>
internal readonly record struct BatchShape(int Length, int Sequences, int Rows);

/// <summary>The input of a forward and backward pass. Array lengths are given by <see cref="Shape"/>.</summary>
internal sealed record TrainingBatch
{
    public required BatchShape Shape { get; init; }

    /// <summary>[sequences * length].</summary>
    public required int[] Tokens { get; init; }

    /// <summary>[sequences * length]: adjacent tokens with the same number belong to one sample and attend to each other.</summary>
    public required int[] Segments { get; init; }

    /// <summary>[rows]: positions in <see cref="Tokens"/> with a loss.</summary>
    public required int[] Rows { get; init; }

    /// <summary>[rows]: the next token at each position.</summary>
    public required int[] Targets { get; init; }

    /// <summary>Number of valid rows; the rest is padding.</summary>
    public required int Learned { get; init; }

    /// <summary>Number of sample tokens, without padding.</summary>
    public required int Used { get; init; }
}
