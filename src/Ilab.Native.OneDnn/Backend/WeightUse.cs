using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>How the products with one tensor of weights are made.</summary>
/// <param name="rows">As the file has them; of a stack of experts, all their rows.</param>
/// <param name="experts">Matrices in the tensor; 1 = it is an ordinary matrix.</param>
/// <param name="chosen">Experts that a token takes.</param>
internal sealed class WeightUse(WeightRows rows, int experts = 1, int chosen = 1) : IDisposable
{
    /// <summary>Of no use at any number of rows.</summary>
    public const long Never = long.MaxValue;

    public WeightRows Source { get; } = rows;

    public int Experts => experts;

    public int Chosen => chosen;

    public bool IsStack => experts > 1;

    /// <summary>Columns of one product.</summary>
    public long Columns => Source.Rows / experts;

    /// <summary>Null = not packed: the memory was not granted. Only of an ordinary matrix.</summary>
    public PackedWeight? Packed { get; set; }

    /// <summary>One for each expert of a stack; null = not packed.</summary>
    public PackedExperts? PackedExperts { get; set; }

    /// <summary>Null = not coded: another type or processor, or the memory was not granted. Only of an ordinary matrix; for fewer rows than
    /// <see cref="FloatRows"/>.</summary>
    public CodedWeight? Coded { get; set; }

    public bool IsPacked => Packed is not null || PackedExperts is not null || Coded is not null;

    public long PackedBytes => (Packed?.Bytes ?? PackedExperts?.Bytes ?? 0) + (Coded?.Bytes ?? 0);

    /// <summary>Rows from which on it pays; of a stack, tokens.</summary>
    public long MinimumRows { get; set; } = Never;

    /// <summary>Rows from which on <see cref="Packed"/> is faster than <see cref="Coded"/>, where there are both; <see cref="Never"/> = it is not packed.
    /// </summary>
    public long FloatRows { get; set; } = BlockCodes.FewestOfFloats;

    /// <summary>Whether llama.cpp has the weights in memory in an order of its own.</summary>
    public bool IsRearranged { get; init; }

    public void Dispose()
    {
        Packed?.Dispose();
        PackedExperts?.Dispose();
        Coded?.Dispose();
    }
}
