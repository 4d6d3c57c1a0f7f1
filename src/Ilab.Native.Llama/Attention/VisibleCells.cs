using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Attention;

/// <summary>The cells of the cache that a token sees, in order.</summary>
internal readonly unsafe ref struct Sight(int* cells, int count, bool isBiased)
{
    /// <summary>Followed by the last, four times.</summary>
    public int* Cells => cells;

    public int Count => count;

    /// <summary>Whether the mask adds anything to the scores of some of them.</summary>
    public bool IsBiased => isBiased;
}

/// <summary>Finds which cells tokens see. A model's layers have the same masks: what was found is kept while a graph is computed. For one thread.</summary>
internal unsafe struct VisibleCells
{
    public const ushort Hidden = 0xfc00; // minus infinity

    /// <summary>Of tokens and masks; a model has up to two masks for up to 63 tokens.</summary>
    private const int Entries = 256;

    /// <summary>Numbers that are kept at most.</summary>
    private const nuint Most = 4 << 20;

    private const int Padding = 4;

    private Entry* _entries;
    private int* _cells;
    private nuint _capacity;
    private nuint _used;
    private long _graph;

    /// <summary>Finds the cells that are not hidden. The answer is valid until the next call.</summary>
    /// <param name="graph">Number of the graph's computation.</param>
    /// <param name="mask">One row of halves for each token; null = everything is visible.</param>
    /// <param name="count">Number of cells.</param>
    public Sight Find(long graph, GgmlTensor* mask, long row, long count)
    {
        var bits = mask == null ? null : (ushort*)(mask->data + ((ulong)row * mask->nb[1]));
        if (_entries == null)
        {
            _entries = (Entry*)NativeMemory.AllocZeroed(Entries, (nuint)sizeof(Entry));
        }

        if (_graph != graph || _used > Most)
        {
            NativeMemory.Clear(_entries, Entries * (nuint)sizeof(Entry));
            (_graph, _used) = (graph, 0);
        }

        // Rows of a mask lie one after the other: neighbours have entries of their own.
        var entry = _entries + (bits == null ? 0 : (((ulong)row * 4) + ((ulong)mask->data >> 8 & 3)) % Entries);
        if (entry->Count == 0 || entry->Mask != bits)
        {
            *entry = Look(bits, count);
        }

        return new Sight(_cells + entry->First, entry->Count, entry->IsBiased);
    }

    public void Free()
    {
        NativeMemory.Free(_entries);
        NativeMemory.Free(_cells);
        this = default;
    }

    private Entry Look(ushort* mask, long count)
    {
        var needed = _used + (nuint)count + Padding;
        if (needed > _capacity)
        {
            _capacity = needed + (needed / 2);
            _cells = (int*)NativeMemory.Realloc(_cells, _capacity * sizeof(int));
        }

        var cells = _cells + _used;
        var (found, bias) = mask == null ? All(cells, count) : Look(mask, cells, count);
        for (var more = 0; more < Padding && found > 0; more++)
        {
            cells[found + more] = cells[found - 1];
        }

        var entry = new Entry
        {
            Mask = mask,
            First = _used,
            Count = found,
            IsBiased = bias,
        };
        _used += (nuint)found + Padding;
        return entry;
    }

    private static (int Found, bool IsBiased) All(int* cells, long count)
    {
        for (var cell = 0; cell < count; cell++)
        {
            cells[cell] = cell;
        }

        return ((int)count, false);
    }

    private static (int Found, bool IsBiased) Look(ushort* mask, int* cells, long count)
    {
        var (found, at, bias) = (0, 0, false);
        var hidden = Vector256.Create(Hidden);
        for (; at + Vector256<ushort>.Count <= count; at += Vector256<ushort>.Count)
        {
            var bits = Vector256.Load(mask + at);
            var isHidden = Vector256.Equals(bits, hidden);
            var visible = ~isHidden.ExtractMostSignificantBits() & 0xffff;
            if (visible == 0)
            {
                continue;
            }

            bias |= Vector256.AndNot(bits, isHidden) != default;
            for (; visible != 0; visible &= visible - 1)
            {
                cells[found++] = at + BitOperations.TrailingZeroCount(visible);
            }
        }

        for (; at < count; at++)
        {
            if (mask[at] != Hidden)
            {
                bias |= mask[at] != 0;
                cells[found++] = at;
            }
        }

        return (found, bias);
    }

    private struct Entry
    {
        public ushort* Mask;
        public nuint First;
        public int Count;
        public bool IsBiased;
    }
}
