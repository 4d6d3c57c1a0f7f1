using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Products;

/// <summary>The packed matrices of a stack of experts: all of one size and layout.</summary>
internal sealed unsafe class PackedExperts : IDisposable
{
    private readonly IReadOnlyList<PackedWeight> _experts;
    private byte** _data;

    private PackedExperts(IReadOnlyList<PackedWeight> experts)
    {
        _experts = experts;
        _data = (byte**)NativeMemory.Alloc((nuint)(experts.Count * sizeof(byte*)));
        for (var expert = 0; expert < experts.Count; expert++)
        {
            _data[expert] = experts[expert].Data;
        }
    }

    public int Count => _experts.Count;

    public long Bytes => _experts.Sum(static expert => expert.Bytes);

    /// <summary>What is true of each of them.</summary>
    public PackedWeight First => _experts[0];

    /// <summary>Where each begins.</summary>
    public byte** Data => _data;

    /// <param name="rows">All rows, expert after expert.</param>
    /// <exception cref="OneDnnException">No fast implementation, or no memory.</exception>
    public static PackedExperts Pack(KernelCache kernels, WeightRows rows, int experts)
    {
        var packed = new List<PackedWeight>();
        var each = rows.Rows / experts;
        try
        {
            for (var expert = 0; expert < experts; expert++)
            {
                packed.Add(PackedWeight.Pack(kernels, rows.Slice(expert * each, each)));
            }

            packed[0].CanBeSliced = SliceCheck.Passes(kernels, packed[0]);
            return new PackedExperts(packed);
        }
        catch
        {
            packed.ForEach(static weight => weight.Dispose());
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var expert in _experts)
        {
            expert.Dispose();
        }

        NativeMemory.Free(_data);
        _data = null;
    }
}
