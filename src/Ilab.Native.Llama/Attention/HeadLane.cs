using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Attention;

/// <summary>A node of attention that was taken over, and its original state.</summary>
internal unsafe struct AttentionState
{
    public GgmlTensor* Node;
    public HeadLane* Lanes;
    public int Op;

    /// <summary>The next token that no thread has taken yet.</summary>
    public long Next;

    /// <summary>All tokens, without ggml; no lanes = <see cref="HeadLane"/> computes them.</summary>
    public CellWork Cells;
    public fixed byte Parameters[64];
}

/// <summary>
/// Computes some heads of a token on the calling thread, with the cells that the token sees: a cell that is skipped and one that is left out are the same to
/// the result. When they are scattered, keys and values are copied together first.
/// </summary>
internal unsafe struct HeadLane
{
    private const int Mask = 3,
        Sinks = 4;

    /// <summary>Copying a cell takes about as long as looking at so many that are hidden.</summary>
    private const int Sparse = 3;

    private const ushort Hidden = 0xfc00; // minus infinity

    private nint _backend;
    private GgmlTensor _part;
    private GgmlTensor _query;
    private GgmlTensor _key;
    private GgmlTensor _value;
    private GgmlTensor _mask;
    private GgmlTensor _sinks;
    private Room _keys;
    private Room _values;
    private Room _masks;
    private Room _cells;

    public void Open()
    {
        _backend = GgmlApi.ggml_backend_dev_init(GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice), null);
        ((delegate* unmanaged[Cdecl]<nint, int, void>)GgmlApi.CpuFunction("ggml_backend_set_n_threads"))(_backend, 1);
    }

    public void Close()
    {
        GgmlApi.ggml_backend_free(_backend);
        _keys.Free();
        _values.Free();
        _masks.Free();
        _cells.Free();
    }

    public void Run(AttentionState* state, long row, (long First, long Count) heads, (long First, long Count) groups)
    {
        var node = state->Node;
        _part = *node;
        _part.op = state->Op;
        Unsafe.CopyBlock(ref _part.op_params[0], ref state->Parameters[0], 64);
        (_part.ne[1], _part.ne[2]) = (heads.Count, 1);
        _part.data += ((ulong)heads.First * node->nb[1]) + ((ulong)row * node->nb[2]);
        fixed (
            GgmlTensor* part = &_part,
                query = &_query,
                key = &_key,
                value = &_value,
                mask = &_mask,
                sinks = &_sinks
        )
        {
            Slice((GgmlTensor*)node->src[0], query, 2, heads);
            Cut(query, 1, (row, 1));
            Slice((GgmlTensor*)node->src[1], key, 2, groups);
            Slice((GgmlTensor*)node->src[2], value, 2, groups);
            (part->src[0], part->src[1], part->src[2]) = ((nint)query, (nint)key, (nint)value);
            if (node->src[Mask] != 0)
            {
                Slice((GgmlTensor*)node->src[Mask], mask, 1, (row, 1));
                part->src[Mask] = (nint)mask;
                LeaveOut(key, value, mask);
            }

            if (node->src[Sinks] != 0)
            {
                Slice((GgmlTensor*)node->src[Sinks], sinks, 0, heads);
                part->src[Sinks] = (nint)sinks;
            }

            var nodes = part;
            var graph = new GraphView { n_nodes = 1, nodes = &nodes };
            _ = GgmlApi.ggml_backend_graph_compute(_backend, (nint)(&graph));
        }
    }

    private static void Slice(GgmlTensor* source, GgmlTensor* target, int dimension, (long First, long Count) range)
    {
        *target = *source;
        Cut(target, dimension, range);
    }

    private static void Cut(GgmlTensor* tensor, int dimension, (long First, long Count) range)
    {
        tensor->ne[dimension] = range.Count;
        tensor->data += (ulong)range.First * tensor->nb[dimension];
    }

    /// <summary>Leaves out cells that are hidden: those before the first and after the last that is not, and, where these are few, all others too.</summary>
    private void LeaveOut(GgmlTensor* key, GgmlTensor* value, GgmlTensor* mask)
    {
        const int F16 = 1;
        if (mask->type != F16 || mask->nb[0] != sizeof(ushort))
        {
            return;
        }

        var count = FindVisible((ushort*)mask->data, key->ne[1]);
        if (count == 0)
        {
            return;
        }

        var cells = (int*)_cells.Data;
        var range = (First: (long)cells[0], Count: (long)cells[count - 1] - cells[0] + 1);
        if (count * Sparse > range.Count || !IsByCell(key) || !IsByCell(value))
        {
            // The cells of a sequence usually follow one another.
            Cut(key, 1, range);
            Cut(value, 1, range);
            Cut(mask, 0, range);
            return;
        }

        var bits = (ushort*)_masks.Take((nuint)count * sizeof(ushort));
        for (var index = 0; index < count; index++)
        {
            bits[index] = ((ushort*)mask->data)[cells[index]];
        }

        Collect(key, ref _keys, cells, count);
        Collect(value, ref _values, cells, count);
        mask->data = (byte*)bits;
        mask->ne[0] = count;
    }

    /// <summary>Whether the heads of a cell lie next to each other.</summary>
    private static bool IsByCell(GgmlTensor* tensor) =>
        tensor->ne[3] == 1 && tensor->nb[2] == (ulong)tensor->ne[0] * tensor->nb[0] && tensor->nb[1] >= (ulong)tensor->ne[2] * tensor->nb[2];

    private int FindVisible(ushort* mask, long count)
    {
        var cells = (int*)_cells.Take((nuint)count * sizeof(int));
        var found = 0;
        var at = 0;
        for (; at + Vector256<ushort>.Count <= count; at += Vector256<ushort>.Count)
        {
            var visible = ~Vector256.Equals(Vector256.Load(mask + at), Vector256.Create(Hidden)).ExtractMostSignificantBits() & 0xffff;
            for (; visible != 0; visible &= visible - 1)
            {
                cells[found++] = at + BitOperations.TrailingZeroCount(visible);
            }
        }

        for (; at < count; at++)
        {
            if (mask[at] != Hidden)
            {
                cells[found++] = at;
            }
        }

        return found;
    }

    /// <summary>Copies cells one after the other; neighbours at once.</summary>
    private static void Collect(GgmlTensor* tensor, ref Room room, int* cells, int count)
    {
        var size = (nuint)tensor->ne[2] * (nuint)tensor->nb[2];
        var stride = (nuint)tensor->nb[1];
        var target = (byte*)room.Take((nuint)count * size);
        for (int first = 0, end; first < count; first = end)
        {
            for (end = first + 1; size == stride && end < count && cells[end] == cells[end - 1] + 1; end++) { }
            NativeMemory.Copy(tensor->data + ((nuint)cells[first] * stride), target + ((nuint)first * size), (nuint)(end - first) * size);
        }

        tensor->data = target;
        (tensor->ne[1], tensor->nb[1]) = (count, size);
        tensor->nb[3] = (nuint)count * size;
    }

    /// <summary>Memory that grows with what is put there.</summary>
    private struct Room
    {
        private nuint _size;

        public void* Data { get; private set; }

        public void* Take(nuint size)
        {
            if (size > _size)
            {
                NativeMemory.AlignedFree(Data);
                _size = size + (size / 2);
                Data = NativeMemory.AlignedAlloc(_size, 64);
            }

            return Data;
        }

        public void Free()
        {
            NativeMemory.AlignedFree(Data);
            Data = null;
            _size = 0;
        }
    }
}
