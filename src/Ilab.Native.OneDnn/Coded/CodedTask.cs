namespace Ilab.Native.OneDnn.Coded;

/// <summary>
/// The product of rows of activations by coded weights. What comes out for a row depends neither on the rows that it travels with nor on the number of threads:
/// the products of a block add up in whole numbers, the blocks one after the other.
/// </summary>
internal unsafe struct CodedTask
{
    /// <summary>Rows that are quantized at a time: they and a tile of weights fit into a core's own cache.</summary>
    private const long Chunk = 64;

    public float* Source;
    public float* Target;
    public byte* Weights;

    /// <summary>Of a row of activations.</summary>
    public long Depth;

    /// <summary>Of the result.</summary>
    public long Columns;

    /// <summary>Rows of activations.</summary>
    public long Rows;

    public int Offset;
    public bool HasMinimum;

    /// <summary>Room for the quantized rows of each thread.</summary>
    public byte* Room;

    /// <summary>Bytes of <see cref="Room"/> for each thread.</summary>
    public static long RoomOf(long rows, long depth) => (Math.Min(rows, Chunk) + CodedActivations.Group - 1) / CodedActivations.Group * GroupBytes(depth);

    /// <summary>Does the part of one of <paramref name="threads"/> threads: chunks of many rows, or some of the columns of few.</summary>
    public readonly void Run(int thread, int threads)
    {
        var room = Room + (thread * RoomOf(Rows, Depth));
        var tiles = (Columns + CodedWeight.Tile - 1) / CodedWeight.Tile;
        var byRows = Rows >= Chunk * threads;
        var step = (tiles + threads - 1) / threads;
        var (first, last) = byRows ? (0, tiles) : (Math.Min(tiles, step * thread), Math.Min(tiles, step * (thread + 1)));
        for (var row = byRows ? thread * Chunk : 0; row < Rows && first < last; row += byRows ? threads * Chunk : Chunk)
        {
            var count = Math.Min(Chunk, Rows - row);
            for (var done = 0L; done < count; done += CodedActivations.Group)
            {
                var rows = (int)Math.Min(CodedActivations.Group, count - done);
                CodedActivations.Quantize(Source + ((row + done) * Depth), rows, Depth, Offset, room + (done / CodedActivations.Group * GroupBytes(Depth)));
            }

            if (HasMinimum)
            {
                Multiply<WithMinimum>(room, row, count, first, last);
            }
            else
            {
                Multiply<WithoutMinimum>(room, row, count, first, last);
            }
        }
    }

    /// <summary>The same for some columns of one row, the first of which begins a tile, on one thread.</summary>
    public readonly CodedTask Part(long first, long count, float* source, float* target, byte* room) =>
        this with
        {
            Source = source,
            Target = target,
            Room = room,
            Columns = count,
            Weights = Weights + (first / CodedWeight.Tile * (Depth / BlockCodes.Block) * CodedWeight.BlockBytes(HasMinimum)),
        };

    private static long GroupBytes(long depth) => depth / BlockCodes.Block * CodedActivations.BlockBytes;

    private readonly void Multiply<T>(byte* room, long row, long count, long first, long last)
        where T : struct, IMinimum
    {
        var blocks = Depth / BlockCodes.Block;
        var tileBytes = blocks * CodedWeight.BlockBytes(T.IsThere);
        var edge = stackalloc float[CodedActivations.Group * CodedWeight.Tile];
        for (var tile = first; tile < last; tile++)
        {
            var weights = Weights + (tile * tileBytes);
            var columns = Math.Min(CodedWeight.Tile, Columns - (tile * CodedWeight.Tile));
            for (var done = 0L; done < count; done += CodedActivations.Group)
            {
                var rows = (int)Math.Min(CodedActivations.Group, count - done);
                var target = Target + ((row + done) * Columns) + (tile * CodedWeight.Tile);
                var (place, stride) = columns == CodedWeight.Tile ? ((nint)target, Columns) : ((nint)edge, CodedWeight.Tile);
                var activations = room + (done / CodedActivations.Group * GroupBytes(Depth));
                CodedKernel.Multiply<T>(weights, activations, blocks, rows, (float*)place, stride);
                for (var index = 0; index < rows && columns < CodedWeight.Tile; index++)
                {
                    Buffer.MemoryCopy(edge + (index * CodedWeight.Tile), target + (index * Columns), columns * sizeof(float), columns * sizeof(float));
                }
            }
        }
    }
}

/// <summary>Whether blocks of weights have a smallest value, known when the kernel is compiled.</summary>
internal interface IMinimum
{
    static abstract bool IsThere { get; }
}

internal readonly struct WithMinimum : IMinimum
{
    public static bool IsThere => true;
}

internal readonly struct WithoutMinimum : IMinimum
{
    public static bool IsThere => false;
}
