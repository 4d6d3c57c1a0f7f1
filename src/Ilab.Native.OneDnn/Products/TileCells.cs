using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.OneDnn.Products;

/// <summary>
/// The cells of the cache that a tile of queries sees: first those that all of them see, then those that only some do. Prompts of other sequences lie between
/// them, so that whole blocks of the cache would be computed for a few cells.
/// </summary>
internal readonly unsafe ref struct TileSight(int* cells, long count, long masked, ushort* hidden, long stride)
{
    public int* Cells => cells;

    /// <summary>Number of cells, filled up to whole vectors with cells that are hidden.</summary>
    public long Count => count;

    /// <summary>What is to be added to the scores of a row, halves; null = nothing, all see these cells.</summary>
    /// <param name="first">The first of a block of cells.</param>
    public ushort* Hidden(long first) => first < masked ? null : hidden + (first - masked);

    /// <summary>Halves from one row of <see cref="Hidden"/> to the next.</summary>
    public long Stride => stride;
}

/// <summary>Finds what tiles see. A model's layers and heads have the same masks: what was found is kept while a graph is computed. For one thread.</summary>
internal unsafe struct TileCells
{
    private const ushort HiddenBits = 0xfc00; // minus infinity
    private const int Width = 32;

    /// <summary>Bytes that are kept at most before everything is looked up again.</summary>
    private const nuint Most = 32 << 20;

    private Entry* _entries;
    private int _count;
    private int _room;
    private Kept<int> _cells;
    private Kept<int> _partly; // those that only some see, while a tile is looked at
    private Kept<ushort> _hidden;
    private long _graph;

    /// <summary>The answer is valid until the next call.</summary>
    /// <param name="graph">Number of the graph's computation.</param>
    /// <param name="mask">The tile's first row of halves; null = everything is visible.</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="rows">Of the tile.</param>
    /// <param name="keys">Cells; a multiple of 32.</param>
    /// <param name="block">Cells that are computed together.</param>
    public TileSight Find(long graph, byte* mask, ulong stride, long rows, long keys, long block)
    {
        if (_graph != graph || (_cells.Used * sizeof(int)) + (_hidden.Used * sizeof(ushort)) > Most)
        {
            (_graph, _count) = (graph, 0);
            _cells.Clear();
            _hidden.Clear();
        }

        for (var index = _count - 1; index >= 0; index--)
        {
            if (_entries[index].Mask == mask && _entries[index].Rows == rows)
            {
                return Sight(_entries[index]);
            }
        }

        if (_count == _room)
        {
            _room = Math.Max(64, _room * 2);
            _entries = (Entry*)NativeMemory.Realloc(_entries, (nuint)_room * (nuint)sizeof(Entry));
        }

        return Sight(_entries[_count++] = Look(mask, stride, rows, keys, block));
    }

    public void Free()
    {
        NativeMemory.Free(_entries);
        _cells.Free();
        _partly.Free();
        _hidden.Free();
        this = default;
    }

    private readonly TileSight Sight(Entry entry) =>
        new(_cells.Data + entry.First, entry.Count, entry.Masked, _hidden.Data + entry.Hidden, entry.Count - entry.Masked);

    private Entry Look(byte* mask, ulong stride, long rows, long keys, long block)
    {
        var first = _cells.Used;
        _partly.Clear();
        if (mask == null)
        {
            var all = _cells.Take((nuint)keys);
            for (var cell = 0; cell < keys; cell++)
            {
                all[cell] = cell;
            }
        }
        else
        {
            Sort(mask, stride, rows, keys);
        }

        var open = (long)(_cells.Used - first);
        var count = open + (long)_partly.Used;
        var filled = (count + Vectors.Width - 1) / Vectors.Width * Vectors.Width;
        var rest = new Span<int>(_cells.Take((nuint)(filled - open)), (int)(filled - open));
        new ReadOnlySpan<int>(_partly.Data, (int)_partly.Used).CopyTo(rest);
        rest[(int)_partly.Used..].Fill(0);
        var entry = new Entry
        {
            Mask = mask,
            Rows = rows,
            First = first,
            Count = filled,
            Masked = open == filled ? filled : open / block * block,
            Hidden = _hidden.Used,
        };
        Gather(mask, stride, entry, count);
        return entry;
    }

    /// <summary>Tells cells that all rows see, with nothing added to their scores, from those that some see.</summary>
    private void Sort(byte* mask, ulong stride, long rows, long keys)
    {
        var hidden = Vector512.Create(HiddenBits);
        for (var at = 0; at < keys; at += Width)
        {
            var (seen, added) = (Vector512<ushort>.Zero, Vector512<ushort>.Zero);
            var column = (ushort*)mask + at;
            for (var row = 0L; row < rows; row++, column = (ushort*)((byte*)column + stride))
            {
                var bits = Vector512.Load(column);
                seen |= bits ^ hidden;
                added |= bits;
            }

            if (seen == default)
            {
                continue;
            }

            var open = (uint)Vector512.Equals(added, default).ExtractMostSignificantBits();
            var partly = ~(uint)Vector512.Equals(seen, default).ExtractMostSignificantBits() & ~open;
            Add(ref _cells, at, open);
            Add(ref _partly, at, partly);
        }
    }

    private static void Add(ref Kept<int> list, int at, uint bits)
    {
        for (var cell = list.Take((nuint)BitOperations.PopCount(bits)); bits != 0; bits &= bits - 1)
        {
            *cell++ = at + BitOperations.TrailingZeroCount(bits);
        }
    }

    private void Gather(byte* mask, ulong stride, in Entry entry, long count)
    {
        var width = entry.Count - entry.Masked;
        var target = _hidden.Take((nuint)(entry.Rows * width));
        var cells = _cells.Data + entry.First + entry.Masked;
        for (var row = 0L; width > 0 && row < entry.Rows; row++, target += width)
        {
            var source = mask == null ? null : (ushort*)(mask + ((ulong)row * stride));
            for (var index = 0L; index < width; index++)
            {
                target[index] = entry.Masked + index < count && source != null ? source[cells[index]] : HiddenBits;
            }
        }
    }

    private struct Entry
    {
        public byte* Mask;
        public long Rows;
        public nuint First;
        public long Count;
        public long Masked;
        public nuint Hidden;
    }

    /// <summary>A list that keeps its memory when it is cleared.</summary>
    private struct Kept<T>
        where T : unmanaged
    {
        private nuint _capacity;

        public T* Data;
        public nuint Used;

        /// <returns>Room for some more; it moves with the next call.</returns>
        public T* Take(nuint count)
        {
            if (Used + count > _capacity)
            {
                _capacity = (Used + count) * 3 / 2;
                Data = (T*)NativeMemory.Realloc(Data, _capacity * (nuint)sizeof(T));
            }

            Used += count;
            return Data + Used - count;
        }

        public void Clear() => Used = 0;

        public void Free() => NativeMemory.Free(Data);
    }
}
