using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Coded;

/// <summary>
/// A matrix of weights as <see cref="CodedTask"/> reads it: tiles of 16 columns, and of each tile one block of 32 weights after the other, four weights of all
/// columns side by side, then their scales, then their smallest values if there are any.
/// </summary>
internal sealed unsafe class CodedWeight : IDisposable
{
    /// <summary>Columns that lie together.</summary>
    public const int Tile = 16;

    private const nuint Line = 64;
    private byte* _data;

    private CodedWeight(WeightRows rows)
    {
        (Columns, Depth, Type) = (rows.Rows, rows.Columns, rows.Type);
        Bytes = BytesOf(rows);
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, Line);
    }

    public long Bytes { get; }

    /// <summary>Columns of the product: the rows of the file's matrix.</summary>
    public long Columns { get; }

    public long Depth { get; }

    /// <summary>ggml's number of the type that the file has.</summary>
    public int Type { get; }

    public byte* Data => _data;

    /// <summary>Whether this processor multiplies codes faster than floats.</summary>
    public static bool IsSupported => AvxVnni.IsSupported && Fma.IsSupported;

    public static bool Suits(WeightRows rows) => IsSupported && BlockCodes.Knows(rows.Type) && rows.Columns % BlockCodes.Elements(rows.Type) == 0;

    public static long BytesOf(WeightRows rows) =>
        (rows.Rows + Tile - 1) / Tile * (rows.Columns / BlockCodes.Block) * BlockBytes(BlockCodes.HasMinimum(rows.Type));

    /// <summary>Bytes of one block of a tile.</summary>
    public static int BlockBytes(bool hasMinimum) => (Tile * BlockCodes.Block) + (Tile * sizeof(float) * (hasMinimum ? 2 : 1));

    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public static CodedWeight Pack(WeightRows rows)
    {
        var weight = new CodedWeight(rows);
        Span<byte> codes = stackalloc byte[BlockCodes.Block];
        var (blocks, size) = (rows.Columns / BlockCodes.Block, BlockBytes(BlockCodes.HasMinimum(rows.Type)));
        for (var column = 0L; column < (rows.Rows + Tile - 1) / Tile * Tile; column++)
        {
            var place = (int)(column % Tile);
            for (var block = 0L; block < blocks; block++)
            {
                codes.Clear();
                var (scale, minimum) = column < rows.Rows ? BlockCodes.Read(rows.Row(column), rows.Type, block, codes) : (0, 0);
                var target = weight._data + (((column / Tile * blocks) + block) * size);
                for (var four = 0; four < BlockCodes.Block / 4; four++)
                {
                    codes.Slice(four * 4, 4).CopyTo(new Span<byte>(target + (((four * Tile) + place) * 4), 4));
                }

                var scales = (float*)(target + (Tile * BlockCodes.Block));
                scales[place] = scale;
                if (BlockCodes.HasMinimum(rows.Type))
                {
                    scales[Tile + place] = minimum;
                }
            }
        }

        return weight;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }
}
