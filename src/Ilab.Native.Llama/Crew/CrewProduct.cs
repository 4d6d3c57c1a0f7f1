using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Crew;

/// <summary>The product of a weight and one row that is not ggml's, and can be cut up by the weight's rows.</summary>
internal unsafe struct CrewProduct
{
    public const int Most = 96;

    /// <summary>Rows of the weight: columns of the result.</summary>
    public long Columns;

    /// <summary>Cuts are at multiples of this number.</summary>
    public long Grain;

    /// <summary>Of the weight.</summary>
    public long Bytes;

    /// <summary>Bytes of room that a part needs beside its result.</summary>
    public long Room;

    /// <summary>Computes some columns: the task, the first and their number, the row, where they go, and room.</summary>
    public delegate* <byte*, long, long, float*, float*, byte*, void> Run;

    /// <summary>What it is computed with, copied: no more than what lives as long as the model may be pointed to.</summary>
    public fixed byte Task[Most];

    /// <summary>Describes a node if it is such a product; null = there is nothing but ggml.</summary>
    public static delegate* <GgmlTensor*, CrewProduct*, bool> Describe { get; set; }
}
