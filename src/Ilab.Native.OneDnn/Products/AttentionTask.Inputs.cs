using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilab.Native.OneDnn.Products;

internal unsafe partial struct AttentionTask
{
    private const int CacheLine = 64;

    /// <summary>Rows of the cache are fetched so many before their turn: they lie further apart than what is read of each.</summary>
    private const int Ahead = 12;

    private readonly long MaskHead(long head) => Mask.Choice == 0 ? 0 : head;

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

    /// <summary>Some keys and their values; what fills up a block is zero.</summary>
    private readonly void TakeKeys(AttentionLane* lane, long head, int* cells, long keys)
    {
        var size = Precision.Size();
        var target = lane->State->Tile.Data;
        Take(Key, Depth, target);
        Take(Value, ValueDepth, target + (Block * Depth * size));

        void Take(Matrix source, long depth, byte* to)
        {
            for (var key = 0L; key < keys; key++, to += depth * size)
            {
                if (key + Ahead < keys)
                {
                    Fetch(source.At(head, cells[key + Ahead]), depth);
                }

                var row = (ushort*)source.At(head, cells[key]);
                for (var index = 0L; index < depth; index += Vectors.Width)
                {
                    Vectors.Store(Vectors.FromHalf(row + index), to, index, size == sizeof(float) ? Precision.Single : Precision.Bfloat16);
                }
            }

            NativeMemory.Clear(to, (nuint)((Block - keys) * depth * size));
        }
    }

    private static void Fetch(byte* row, long depth)
    {
        for (var offset = 0L; offset < depth * sizeof(ushort); offset += CacheLine)
        {
            Sse.Prefetch0(row + offset);
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
