namespace Ilab.Gguf.Conversion.Values;

/// <summary>
/// The values of a tensor as rows of numbers, read in pieces: a tensor never has to fit into memory. Several threads may read at the same time.
/// </summary>
public interface IRowSource
{
    long Rows { get; }

    /// <summary>Values in a row.</summary>
    int Width { get; }

    /// <summary>The tensor type whose bytes <see cref="ReadBytes"/> gives; null = values only.</summary>
    GgmlType? Stored => null;

    /// <param name="row">First row.</param>
    /// <param name="values">Whole rows.</param>
    void Read(long row, Span<float> values);

    /// <summary>The bytes of whole rows as they are stored, where <see cref="Stored"/> is a type.</summary>
    void ReadBytes(long row, Span<byte> bytes) => throw new NotSupportedException();
}

/// <summary>Values that are in memory.</summary>
public sealed class ArrayRows(float[] values, int width) : IRowSource
{
    public long Rows => values.Length / width;

    public int Width => width;

    public void Read(long row, Span<float> into) => values.AsSpan((int)(row * width), into.Length).CopyTo(into);
}
