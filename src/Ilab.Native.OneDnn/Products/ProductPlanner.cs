using Ilab.Native.OneDnn.Loading;

namespace Ilab.Native.OneDnn.Products;

/// <summary>
/// Cuts a product into one slice for each thread. Many rows are cut by rows, so that each thread writes where the result belongs; few rows are cut by
/// columns, so that each thread reads a part of the weights. One planner belongs to one backend: its lanes are used by one graph at a time.
/// </summary>
internal sealed unsafe class ProductPlanner(KernelCache kernels) : IDisposable
{
    /// <summary>Rows of each thread from which on reading all weights in each thread is no loss.</summary>
    private const long RowsWorthCutting = 64;

    private const long RowStep = 8;
    private readonly List<Lane> _lanes = [];

    public OneDnnLibrary Library => kernels.Library;

    /// <summary>Every batch takes kernels of the same rows: digits do not depend on the batch.</summary>
    public bool Strict { get; set; }

    /// <summary>Fills in the slices of a task with packed weights.</summary>
    /// <param name="room">Slices that there is room for: <paramref name="threads"/> at least.</param>
    /// <exception cref="OneDnnException">There is no fast kernel, or no memory.</exception>
    public void Plan(ProductTask* task, ProductSlice* room, long rows, PackedWeight weight, int threads)
    {
        task->Slices = room;
        task->SliceCount = 0;
        var byRows = rows >= RowsWorthCutting * threads || !weight.CanBeSliced;
        var step = byRows ? StepOf(rows, threads, RowStep) : StepOf(weight.Columns, threads, PackedWeight.Block);
        for (var first = 0L; first < (byRows ? rows : weight.Columns); first += step)
        {
            var slice = room + task->SliceCount;
            *slice = byRows
                ? new ProductSlice
                {
                    FirstRow = first,
                    Rows = Math.Min(step, rows - first),
                    Columns = weight.Columns,
                    Weights = weight.Data,
                }
                : new ProductSlice
                {
                    FirstColumn = first,
                    Columns = Math.Min(step, weight.Columns - first),
                    Rows = rows,
                    Weights = weight.From(first),
                };
            var lane = LaneAt(task->SliceCount++);
            slice->Lane = lane.State;
            slice->KernelRows = KernelRows(slice->Rows);
            slice->Binding = lane.Bind(
                kernels.Kernel(new ProductShape(slice->KernelRows, slice->Columns, weight.Depth, weight.Precision, WeightLayout.Packed))
            );
            Reserve(lane, slice, task, slice->Columns == weight.Columns ? 0 : slice->Columns);
        }
    }

    /// <summary>Fills in the slices of a task with weights as the file has them.</summary>
    /// <inheritdoc cref="Plan(ProductTask*, ProductSlice*, long, PackedWeight, int)"/>
    public void Plan(ProductTask* task, ProductSlice* room, long rows, WeightRows weight, int threads)
    {
        task->Slices = room;
        task->SliceCount = 0;
        var step = StepOf(weight.Rows, threads, ProductSlice.TileColumns);
        for (var first = 0L; first < weight.Rows; first += step)
        {
            var slice = room + task->SliceCount;
            var columns = Math.Min(step, weight.Rows - first);
            *slice = new ProductSlice
            {
                FirstColumn = first,
                Columns = columns,
                Rows = rows,
                KernelRows = KernelRows(rows),
                Unpacked = weight.Slice(first, columns),
            };
            var lane = LaneAt(task->SliceCount++);
            slice->Lane = lane.State;
            if (columns >= ProductSlice.TileColumns)
            {
                slice->Binding = Tile(lane, slice, weight, ProductSlice.TileColumns);
            }

            if (columns % ProductSlice.TileColumns is > 0 and var last)
            {
                slice->LastBinding = Tile(lane, slice, weight, last);
            }

            lane.State->Tile.Ensure(ProductSlice.TileColumns * weight.Columns * weight.Precision.Size());
            Reserve(lane, slice, task, ProductSlice.TileColumns);
        }
    }

    /// <summary>Fills in everything of a task but where its tensors lie.</summary>
    /// <param name="lanes">Room for <paramref name="threads"/> lanes.</param>
    /// <exception cref="OneDnnException">There is no fast kernel, or no memory.</exception>
    public void Plan(ExpertTask* task, ExpertLane* lanes, PackedExperts experts, int threads)
    {
        var weight = experts.First;
        (task->Depth, task->Columns, task->Precision) = (weight.Depth, weight.Columns, weight.Precision);
        task->Experts = experts.Count;
        task->Weights = experts.Data;
        task->Lanes = lanes;
        task->SliceColumns = weight.CanBeSliced && experts.Count < 4 * threads ? StepOf(weight.Columns, threads, PackedWeight.Block) : weight.Columns;
        task->Slices = (int)((weight.Columns + task->SliceColumns - 1) / task->SliceColumns);
        task->SliceBytes = weight.From(task->Slices == 1 ? 0 : task->SliceColumns) - weight.Data;
        var last = weight.Columns - ((task->Slices - 1) * task->SliceColumns);
        for (var thread = 0; thread < threads; thread++)
        {
            var lane = LaneAt(thread);
            lanes[thread].State = lane.State;
            for (var size = 0; size < ExpertTask.Sizes; size++)
            {
                var rows = ExpertTask.KernelRows(size);
                lanes[thread].Set(size, Bind(task->SliceColumns), Bind(last));

                Binding* Bind(long columns) => lane.Bind(kernels.Kernel(new ProductShape(rows, columns, weight.Depth, weight.Precision, WeightLayout.Packed)));
            }

            lane.State->Source.Ensure(ExpertTask.Most * weight.Depth * weight.Precision.Size());
            lane.State->Target.Ensure(ExpertTask.Most * task->SliceColumns * sizeof(float));
        }
    }

    /// <summary>Fills in the lanes of a task that is described, and how it is cut.</summary>
    /// <param name="lanes">Room for <paramref name="threads"/> lanes.</param>
    /// <exception cref="OneDnnException">There is no fast kernel, or no memory.</exception>
    public void Plan(AttentionTask* task, AttentionLane* lanes, int threads)
    {
        const long Tile = 128;
        const long MostRows = 4096;
        task->Tile = task->Queries > AttentionNode.FewestQueries ? Tile : AttentionNode.FewestQueries;
        var cuts = ((2 * threads) + task->KeyHeads - 1) / task->KeyHeads;
        var most = Math.Max(1, MostRows * task->KeyHeads / task->Heads / task->Tile) * task->Tile;
        task->PartQueries = Math.Min(most, StepOf(task->Queries, (int)cuts, task->Tile));
        task->Parts = (int)((task->Queries + task->PartQueries - 1) / task->PartQueries * task->KeyHeads);
        task->Lanes = lanes;
        var scores = kernels.Kernel(new ProductShape(task->Tile, AttentionTask.Block, task->Depth, task->Precision, WeightLayout.Rows));
        var values = kernels.Kernel(new ProductShape(task->Tile, task->ValueDepth, AttentionTask.Block, task->Precision, WeightLayout.Turned));
        var needs = task->Needs;
        for (var thread = 0; thread < threads; thread++)
        {
            var lane = LaneAt(thread);
            lanes[thread] = new AttentionLane
            {
                State = lane.State,
                Scores = lane.Bind(scores),
                Values = lane.Bind(values),
            };
            lane.State->Source.Ensure(needs.Source);
            lane.State->Target.Ensure(needs.Target);
            lane.State->Tile.Ensure(needs.Tile);
            lane.State->Work.Ensure(needs.Work);
        }
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Dispose();
        }

        _lanes.Clear();
    }

    private static long StepOf(long length, int parts, long unit) => ((length + parts - 1) / parts + unit - 1) / unit * unit;

    private Binding* Tile(Lane lane, ProductSlice* slice, WeightRows weight, long columns) =>
        lane.Bind(kernels.Kernel(new ProductShape(slice->KernelRows, columns, weight.Columns, weight.Precision, WeightLayout.Rows)));

    private long KernelRows(long rows) => Strict && rows < 16 ? 16 : ProductShape.Round(rows);

    private static void Reserve(Lane lane, ProductSlice* slice, ProductTask* task, long targetColumns)
    {
        lane.State->Source.Ensure(slice->KernelRows * task->Depth * task->Precision.Size());
        if (targetColumns > 0 || slice->KernelRows != slice->Rows)
        {
            lane.State->Target.Ensure(slice->KernelRows * (targetColumns > 0 ? targetColumns : slice->Columns) * sizeof(float));
        }
    }

    private Lane LaneAt(int index)
    {
        while (_lanes.Count <= index)
        {
            _lanes.Add(new Lane(Library.Engine));
        }

        return _lanes[index];
    }
}
