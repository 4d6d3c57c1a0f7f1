using System.Runtime.Intrinsics;

namespace Ilab.Native.OneDnn.Products;

/// <summary>
/// Attention of many queries, as in a prompt: for each head softmax(q kT scale + mask) v, a block of keys at a time with a running maximum, so that the scores
/// never leave the cache. The heads that share keys are done together; only the cells that a tile of queries sees are looked at.
/// </summary>
internal unsafe partial struct AttentionTask
{
    /// <summary>Keys of a block.</summary>
    public const int Block = 256;

    /// <summary>Below everything that a score can be.</summary>
    private const float Lowest = -1e6f;

    /// <summary>Rows by head (Choice) and position (Token).</summary>
    public Matrix Query;

    public Matrix Key;
    public Matrix Value;

    /// <summary>Halves, by head and query; no data = nothing is hidden.</summary>
    public Matrix Mask;

    /// <summary>Number of the graph's computation.</summary>
    public long Graph;

    /// <summary>[query][head][value depth].</summary>
    public float* Target;

    /// <summary>Queries at the beginning that are not of this task.</summary>
    public long LeftOut;
    public long Queries;
    public long Keys;
    public long Heads;
    public long KeyHeads;
    public long Depth;
    public long ValueDepth;
    public float Scale;
    public Precision Precision;

    /// <summary>Queries of a kernel.</summary>
    public long Tile;

    /// <summary>Queries of a part; a multiple of <see cref="Tile"/>.</summary>
    public long PartQueries;

    public AttentionLane* Lanes;
    public int Parts;
    public int Next;

    /// <summary>Not 0 = a status of oneDNN.</summary>
    public int Failed;

    private readonly long Group => Heads / KeyHeads;

    /// <summary>Bytes of a lane's buffers: queries, scores, a block of keys and values, and everything else.</summary>
    public readonly (long Source, long Target, long Tile, long Work) Needs
    {
        get
        {
            var rows = Group * PartQueries;
            var size = Precision.Size();
            return (
                rows * Depth * size,
                Tile * Math.Max(Block, ValueDepth) * sizeof(float),
                Block * (Depth + ValueDepth) * size,
                (rows * (ValueDepth + 2) * sizeof(float)) + (Tile * sizeof(float)) + (Tile * Block * size) + 256
            );
        }
    }

    /// <summary>Does parts until none is left.</summary>
    public void Run(int thread)
    {
        for (var part = Interlocked.Increment(ref Next) - 1; part < Parts; part = Interlocked.Increment(ref Next) - 1)
        {
            var first = part / KeyHeads * PartQueries;
            var status = RunPart(Lanes + thread, part % KeyHeads, first, Math.Min(PartQueries, Queries - first));
            if (status != 0)
            {
                Failed = status;
            }
        }
    }

    private readonly int RunPart(AttentionLane* lane, long keyHead, long first, long count)
    {
        var tiles = (count + Tile - 1) / Tile;
        var work = new Workspace(lane->State, Group * tiles * Tile, this);
        work.Start(Lowest);
        TakeQueries(lane, keyHead * Group, first, count, tiles);

        // Heads with masks of their own see other cells.
        var together = Mask.Choice == 0 ? Group : 1;
        for (var head = 0L; head < Group; head += together)
        {
            for (var tile = 0L; tile < tiles; tile++)
            {
                var rows = Math.Min(Tile, count - (tile * Tile));
                var status = RunTile(lane, work, (keyHead, keyHead * Group + head), together, (head * tiles) + tile, tiles, first + (tile * Tile), rows);
                if (status != 0)
                {
                    return status;
                }
            }
        }

        for (var head = 0L; head < Group; head++)
        {
            Give(work, head * tiles * Tile, keyHead * Group + head, first, count);
        }

        return 0;
    }

    /// <summary>All that one tile of queries sees, for some heads that share keys.</summary>
    /// <param name="index">Of the tile of the first head.</param>
    /// <param name="next">From the tile of one head to that of the next.</param>
    private readonly int RunTile(AttentionLane* lane, Workspace work, (long Key, long First) head, long heads, long index, long next, long query, long rows)
    {
        var mask = Mask.Data == null ? null : Mask.At(MaskHead(head.First), query);
        var sight = lane->State->Seen.Find(Graph, mask, Mask.Token, rows, Keys, Block);
        for (var first = 0L; first < sight.Count; first += Block)
        {
            var keys = Math.Min(Block, sight.Count - first);
            TakeKeys(lane, head.Key, sight.Cells + first, keys);
            var hidden = new Matrix { Data = (byte*)sight.Hidden(first), Token = (ulong)sight.Stride * sizeof(ushort) };
            for (var one = 0L; one < heads; one++)
            {
                var status = Attend(lane, work, index + (one * next), rows, keys, hidden);
                if (status != 0)
                {
                    return status;
                }
            }
        }

        return 0;
    }

    /// <summary>One block of keys for one tile of queries of one head.</summary>
    private readonly int Attend(AttentionLane* lane, Workspace work, long index, long rows, long keys, Matrix visible)
    {
        var state = lane->State;
        var scores = (float*)state->Target.Data;
        var status = lane->Scores->Run(
            state->Stream,
            state->Source.Data + (index * Tile * Depth * Precision.Size()),
            state->Tile.Data,
            scores,
            state->Scratchpad.Data
        );
        if (status != 0)
        {
            return status;
        }

        for (var row = 0L; row < rows; row++)
        {
            var hidden = visible.Data == null ? null : (ushort*)visible.At(0, row);
            var at = (index * Tile) + row;
            work.Rescale[row] = Softmax(
                scores + (row * Block),
                hidden,
                keys,
                work.Weights + (row * Block * Precision.Size()),
                work.Maxima + at,
                work.Sums + at
            );
        }

        var values = state->Tile.Data + (Block * Depth * Precision.Size());
        status = lane->Values->Run(state->Stream, work.Weights, values, scores, state->Scratchpad.Data);
        for (var row = 0L; row < rows && status == 0; row++)
        {
            Accumulate(work.Result + (((index * Tile) + row) * ValueDepth), scores + (row * ValueDepth), work.Rescale[row]);
        }

        return status;
    }

    /// <summary>Turns scores into weights, relative to the largest so far.</summary>
    /// <returns>What has come before is to be multiplied by this.</returns>
    private readonly float Softmax(float* scores, ushort* hidden, long keys, void* weights, float* maximum, float* sum)
    {
        var largest = Vector512.Create(Lowest);
        for (var key = 0L; key < keys; key += Vectors.Width)
        {
            var score = Vector512.Load(scores + key);
            if (hidden != null)
            {
                score += Vectors.FromHalf(hidden + key);
                score.Store(scores + key);
            }

            largest = Vector512.Max(largest, score);
        }

        var most = MathF.Max(*maximum, Vectors.Max(largest));
        var shift = Vector512.Create(most);
        var total = Vector512<float>.Zero;
        for (var key = 0L; key < Block; key += Vectors.Width)
        {
            var weight = key < keys ? Vectors.Exp(Vector512.Load(scores + key) - shift) : Vector512<float>.Zero;
            total += weight;
            Vectors.Store(weight, weights, key, Precision);
        }

        var before = MathF.Exp(*maximum - most);
        *sum = (*sum * before) + Vector512.Sum(total);
        *maximum = most;
        return before;
    }

    private readonly void Accumulate(float* result, float* more, float factor)
    {
        var scale = Vector512.Create(factor);
        for (var index = 0L; index < ValueDepth; index += Vectors.Width)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(result + index), scale, Vector512.Load(more + index)).Store(result + index);
        }
    }

    private readonly void Give(Workspace work, long row, long head, long first, long count)
    {
        for (var query = 0L; query < count; query++, row++)
        {
            var target = Target + ((((first + query) * Heads) + head) * ValueDepth);
            var scale = Vector512.Create(1 / work.Sums[row]);
            for (var index = 0L; index < ValueDepth; index += Vectors.Width)
            {
                (Vector512.Load(work.Result + (row * ValueDepth) + index) * scale).Store(target + index);
            }
        }
    }
}

/// <summary>What one thread works with.</summary>
internal unsafe struct AttentionLane
{
    public LaneState* State;

    /// <summary>[tile x keys] = queries x keys.</summary>
    public Binding* Scores;

    /// <summary>[tile x value depth] = weights x values.</summary>
    public Binding* Values;
}
