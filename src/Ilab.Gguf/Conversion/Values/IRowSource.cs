namespace Ilab.Gguf.Conversion.Values;

/// <summary>The values of a tensor as rows of numbers, read in pieces: a tensor never has to fit into memory.</summary>
public interface IRowSource
{
    long Rows { get; }

    /// <summary>Values in a row.</summary>
    int Width { get; }

    /// <param name="row">First row.</param>
    /// <param name="values">Whole rows.</param>
    void Read(long row, Span<float> values);
}

/// <summary>Values that are in memory.</summary>
public sealed class ArrayRows(float[] values, int width) : IRowSource
{
    public long Rows => values.Length / width;

    public int Width => width;

    public void Read(long row, Span<float> into) => values.AsSpan((int)(row * width), into.Length).CopyTo(into);
}
