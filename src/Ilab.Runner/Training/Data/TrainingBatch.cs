namespace Ilab.Runner.Training.Data;

/// <summary>The measures that a graph is built for.</summary>
/// <param name="Length">Tokens of a sequence.</param>
/// <param name="Sequences">Sequences side by side.</param>
/// <param name="Rows">Tokens whose next one is learned, rounded up.</param>
internal readonly record struct BatchShape(int Length, int Sequences, int Rows);

/// <summary>What one forward and backward pass works on. Arrays have the lengths of <see cref="Shape"/>.</summary>
internal sealed record TrainingBatch
{
    public required BatchShape Shape { get; init; }

    /// <summary>[sequences * length].</summary>
    public required int[] Tokens { get; init; }

    /// <summary>[sequences * length]: neighbours with the same number belong together and see each other.</summary>
    public required int[] Segments { get; init; }

    /// <summary>[rows]: positions in <see cref="Tokens"/> that something is learned at.</summary>
    public required int[] Rows { get; init; }

    /// <summary>[rows]: what should come next there.</summary>
    public required int[] Targets { get; init; }

    /// <summary>Rows that count; those behind are filling.</summary>
    public required int Learned { get; init; }

    /// <summary>Tokens of samples, without filling.</summary>
    public required int Used { get; init; }
}
