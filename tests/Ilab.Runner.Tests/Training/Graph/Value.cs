namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>A matrix of doubles on a <see cref="Tape"/>, with the derivative of the loss.</summary>
internal sealed class Value(int rows, int columns, double[]? data = null)
{
    public int Rows => rows;

    public int Columns => columns;

    public double[] Data { get; } = data ?? new double[rows * columns];

    public double[] Slope { get; } = new double[rows * columns];
}
