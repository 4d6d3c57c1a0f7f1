namespace Ilab.Native.OneDnn.Products;

/// <summary>One matrix product of a graph, planned to the last pointer: what runs it on ggml's threads allocates nothing and cannot fail but by oneDNN's
/// word.</summary>
internal unsafe struct ProductTask
{
    public float* Source;
    public float* Target;
    public long Depth;
    public long Columns;
    public Precision Precision;
    public int SliceCount;
    public ProductSlice* Slices;

    /// <summary>Not 0 = a status of oneDNN.</summary>
    public int Failed;

    /// <summary>Does the slices of one of <paramref name="threads"/> threads.</summary>
    public void Run(int thread, int threads)
    {
        for (var index = thread; index < SliceCount; index += threads)
        {
            var status = Slices[index].Unpacked.Rows > 0 ? RunTiles(Slices + index) : RunPacked(Slices + index);
            if (status != 0)
            {
                Failed = status;
            }
        }
    }

    private readonly int RunPacked(ProductSlice* slice) => Multiply(slice, slice->Binding, Prepare(slice), slice->Weights, slice->FirstColumn, slice->Columns);

    /// <summary>Turns some columns of the weights at a time into what the product wants, and uses them while they are in the cache.</summary>
    private readonly int RunTiles(ProductSlice* slice)
    {
        var source = Prepare(slice);
        var tile = slice->Lane->Tile.Data;
        for (var done = 0L; done < slice->Columns; done += ProductSlice.TileColumns)
        {
            var columns = Math.Min(ProductSlice.TileColumns, slice->Columns - done);
            slice->Unpacked.Slice(done, columns).Convert(tile);
            var binding = columns == ProductSlice.TileColumns ? slice->Binding : slice->LastBinding;
            var status = Multiply(slice, binding, source, tile, slice->FirstColumn + done, columns);
            if (status != 0)
            {
                return status;
            }
        }

        return 0;
    }

    private readonly void* Prepare(ProductSlice* slice)
    {
        var rows = Source + (slice->FirstRow * Depth);
        if (Precision == Precision.Single && slice->KernelRows == slice->Rows)
        {
            return rows;
        }

        var target = slice->Lane->Source.Data;
        if (Precision == Precision.Bfloat16)
        {
            Bfloat16.Convert(rows, (ushort*)target, slice->Rows * Depth);
        }
        else
        {
            Buffer.MemoryCopy(rows, target, long.MaxValue, slice->Rows * Depth * sizeof(float));
        }

        // The rows that fill up the kernel are finite, whatever was there before.
        var size = Precision.Size();
        new Span<byte>(target + (slice->Rows * Depth * size), (int)((slice->KernelRows - slice->Rows) * Depth * size)).Clear();
        return target;
    }

    private readonly int Multiply(ProductSlice* slice, Binding* binding, void* source, void* weights, long firstColumn, long columns)
    {
        var target = Target + (slice->FirstRow * Columns) + firstColumn;
        var direct = columns == Columns && slice->KernelRows == slice->Rows;
        var lane = slice->Lane;
        var place = direct ? target : (float*)lane->Target.Data;
        var status = binding->Run(lane->Stream, source, weights, place, lane->Scratchpad.Data);
        if (!direct && status == 0)
        {
            for (var row = 0L; row < slice->Rows; row++)
            {
                Buffer.MemoryCopy(place + (row * columns), target + (row * Columns), columns * sizeof(float), columns * sizeof(float));
            }
        }

        return status;
    }
}

/// <summary>The part of a product that one lane does: some rows of the source by some columns of the weights.</summary>
internal unsafe struct ProductSlice
{
    /// <summary>Columns of weights that are not packed, done at a time.</summary>
    public const long TileColumns = 256;

    public LaneState* Lane;
    public Binding* Binding;

    /// <summary>For the last, narrower tile.</summary>
    public Binding* LastBinding;

    public long FirstRow;
    public long Rows;

    /// <summary>Rows of the kernel, at least <see cref="Rows"/>.</summary>
    public long KernelRows;

    public long FirstColumn;
    public long Columns;

    /// <summary>Packed weights of these columns.</summary>
    public byte* Weights;

    /// <summary>Weights of these columns as the file has them, when they are not packed.</summary>
    public WeightRows Unpacked;
}
