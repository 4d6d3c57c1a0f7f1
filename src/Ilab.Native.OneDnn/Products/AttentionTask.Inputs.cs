using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ilab.Native.OneDnn.Products;

internal unsafe partial struct AttentionTask
{
    /// <summary>How much of a block a tile of queries sees.</summary>
    private enum Sight
    {
        Nothing,
        Part,
        All,
    }

    private readonly long MaskHead(long head) => Mask.Choice == 0 ? 0 : head;

    /// <summary>Places for <see cref="Sights"/>.</summary>
    public readonly long SightCount => (Queries + Tile - 1) / Tile * Blocks;

    private readonly long Blocks => (Keys + Block - 1) / Block;

    /// <summary>The mask of a step with many sequences is many times as large as what is not hidden by it.</summary>
    private readonly Sight Look(long head, long query, long rows, long key, long keys)
    {
        if (Sights == null)
        {
            return See(head, query, rows, key, keys);
        }

        var sight = Sights + (query / Tile * Blocks) + (key / Block);
        if (*sight == 0)
        {
            *sight = (byte)(See(head, query, rows, key, keys) + 1);
        }

        return (Sight)(*sight - 1);
    }

    private readonly Sight See(long head, long query, long rows, long key, long keys)
    {
        if (Mask.Data == null)
        {
            return Sight.All;
        }

        const ushort Hidden = 0xfc00; // minus infinity
        const int Width = 32;
        var hidden = Vector512.Create(Hidden);
        Vector512<ushort> different = default,
            something = default;
        for (var row = 0L; row < rows; row++)
        {
            var mask = (ushort*)Mask.At(MaskHead(head), query + row) + key;
            for (var index = 0L; index < keys; index += Width)
            {
                var bits = Vector512.Load(mask + index);
                different |= bits ^ hidden;
                something |= bits;
            }
        }

        return different == default ? Sight.Nothing
            : something == default ? Sight.All
            : Sight.Part;
    }

    /// <summary>Queries of the heads that share keys, scaled, as the product wants them; rows that fill up a tile are zero.</summary>
    private readonly void TakeQueries(AttentionLane* lane, long firstHead, long first, long count, long tiles)
    {
        var target = lane->State->Source.Data;
        var scale = Vector512.Create(Scale);
        for (var head = 0L; head < Group; head++)
        {
            for (var row = 0L; row < tiles * Tile; row++, target += Depth * Precision.Size())
            {
                if (row >= count)
                {
                    NativeMemory.Clear(target, (nuint)(Depth * Precision.Size()));
                    continue;
                }

                var source = (float*)Query.At(firstHead + head, first + row);
                for (var index = 0L; index < Depth; index += Vectors.Width)
                {
                    Vectors.Store(Vector512.Load(source + index) * scale, target, index, Precision);
                }
            }
        }
    }

    /// <summary>A block of keys and one of values; what fills them up is zero.</summary>
    private readonly void TakeKeys(AttentionLane* lane, long head, long first, long keys)
    {
        var size = Precision.Size();
        var target = lane->State->Tile.Data;
        Take(Key, Depth, target);
        Take(Value, ValueDepth, target + (Block * Depth * size));

        void Take(Matrix source, long depth, byte* to)
        {
            for (var key = 0L; key < keys; key++, to += depth * size)
            {
                var row = (ushort*)source.At(head, first + key);
                for (var index = 0L; index < depth; index += Vectors.Width)
                {
                    Vectors.Store(Vectors.FromHalf(row + index), to, index, size == sizeof(float) ? Precision.Single : Precision.Bfloat16);
                }
            }

            NativeMemory.Clear(to, (nuint)((Block - keys) * depth * size));
        }
    }

    /// <summary>Where a lane keeps what it has found so far.</summary>
    private readonly struct Workspace
    {
        private readonly long _rows;
        private readonly long _depth;

        public Workspace(LaneState* state, long rows, in AttentionTask task)
        {
            (_rows, _depth) = (rows, task.ValueDepth);
            Result = (float*)state->Work.Data;
            Maxima = Result + (rows * task.ValueDepth);
            Sums = Maxima + rows;
            Rescale = Sums + rows;
            Weights = (byte*)(((nuint)(Rescale + task.Tile) + 63) & ~(nuint)63);
        }

        /// <summary>[row][value depth], not divided yet.</summary>
        public float* Result { get; }

        /// <summary>The largest score of each row so far.</summary>
        public float* Maxima { get; }

        public float* Sums { get; }

        public float* Rescale { get; }

        /// <summary>[tile][block].</summary>
        public byte* Weights { get; }

        public void Start(float lowest)
        {
            NativeMemory.Clear(Result, (nuint)(_rows * _depth * sizeof(float)));
            NativeMemory.Clear(Sums, (nuint)(_rows * sizeof(float)));
            new Span<float>(Maxima, (int)_rows).Fill(lowest);
        }
    }
}
