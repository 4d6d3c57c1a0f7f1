using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>How the products with one tensor of weights are made.</summary>
/// <param name="rows">As the file has them.</param>
internal sealed class WeightUse(WeightRows rows) : IDisposable
{
    /// <summary>Of no use at any number of rows.</summary>
    public const long Never = long.MaxValue;

    public WeightRows Source { get; } = rows;

    /// <summary>Null = not packed: the memory was not granted.</summary>
    public PackedWeight? Packed { get; set; }

    /// <summary>Rows from which on it pays.</summary>
    public long MinimumRows { get; set; } = Never;

    public void Dispose() => Packed?.Dispose();
}
