using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>Mirrors <c>ggml_tensor</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlTensor
{
    public int type;
    public nint buffer;
    public fixed long ne[4];
    public fixed ulong nb[4];
    public int op;
    public fixed byte op_params[64];
    public int flags;
    public SourceList src;
    public GgmlTensor* view_src;
    public nuint view_offs;
    public byte* data;
    public fixed byte name[64];
    public nint extra;
    public fixed byte padding[8];

    /// <summary>Total number of rows of all matrices.</summary>
    public readonly long Rows => ne[1] * ne[2] * ne[3];

    /// <summary>Of its first matrix.</summary>
    public readonly long Bytes => (long)nb[1] * ne[1];
}

/// <summary>The ten sources of a tensor.</summary>
[System.Runtime.CompilerServices.InlineArray(10)]
internal struct SourceList
{
    private nint _first;
}

/// <summary>Mirrors <c>ggml_cgraph</c>: a part of a graph to be computed.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GraphView
{
    public int size;
    public int n_nodes;
    public int n_leafs;
    public GgmlTensor** nodes;
    public GgmlTensor** grads;
    public GgmlTensor** grad_accs;
    public GgmlTensor** leafs;
    public int* use_counts;
    public HashSetView visited_hash_set;
    public int order;
    public ulong uid;

    /// <summary>Number of nodes in the whole graph that use a tensor; -1 = not part of this graph.</summary>
    public readonly int Uses(GgmlTensor* tensor)
    {
        var at = visited_hash_set.Find(tensor);
        return at < 0 || use_counts == null ? -1 : use_counts[at];
    }
}

/// <summary>Mirrors <c>ggml_hash_set</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HashSetView
{
    private readonly nuint _size;
    private readonly uint* _used;
    private readonly nint* _keys;

    /// <returns>The slot of a tensor; -1 = not found.</returns>
    public readonly long Find(void* tensor)
    {
        if (_size == 0)
        {
            return -1;
        }

        var start = ((nuint)tensor >> 4) % _size;
        var at = start;
        while ((_used[at / 32] >> (int)(at % 32) & 1) != 0)
        {
            if (_keys[at] == (nint)tensor)
            {
                return (long)at;
            }

            at = (at + 1) % _size;
            if (at == start)
            {
                break;
            }
        }

        return -1;
    }
}

/// <summary>Mirrors <c>ggml_type_traits</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GgmlTypeTraits
{
    public byte* type_name;
    public long blck_size;
    public long blck_size_interleave;
    public nuint type_size;
    public byte is_quantized;
    public delegate* unmanaged[Cdecl]<void*, float*, long, void> to_float;
    public nint from_float_ref;
}

/// <summary>Numbers of <c>enum ggml_op</c>.</summary>
internal static class GgmlOp
{
    public const int None = 0;
    public const int Add = 2;
    public const int Mul = 7;
    public const int SiluBack = 23;
    public const int RmsNorm = 25;
    public const int RmsNormBack = 26;
    public const int MulMat = 29;
    public const int MulMatId = 30;
    public const int OutProd = 31;
    public const int Contiguous = 35;
    public const int Reshape = 36;
    public const int View = 37;
    public const int Permute = 38;
    public const int Transpose = 39;
    public const int SoftMax = 46;
    public const int SoftMaxBack = 47;
    public const int FlashAttention = 74;
    public const int Unary = 91;
    public const int Custom = 95;
    public const int Glu = 100;
}
