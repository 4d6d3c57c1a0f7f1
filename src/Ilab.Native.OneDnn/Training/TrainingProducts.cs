using System.Runtime.CompilerServices;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Training;

/// <summary>
/// Replaces the matrix products of training graphs by oneDNN's, forward and backward. The graphs stay as they are made here: a training computes the same ones
/// thousands of times. Weights that never change are packed once, the way the forward pass needs them and the way the backward pass does.
/// </summary>
public sealed unsafe class TrainingProducts : IDisposable
{
    /// <summary>Multiplications and additions below which ggml is as fast.</summary>
    private const long LeastWork = 200_000;

    /// <summary>Rows, columns and depth below which converting costs more than short numbers gain.</summary>
    private const long LeastForShort = 32;

    private const int AllThreads = -1;
    private readonly Accelerator _accelerator;
    private readonly int _threads;
    private readonly bool _isShort;
    private readonly bool _isSizing;
    private readonly Dictionary<(nint Data, nuint Offset, bool IsTurned), PackedWeight> _packed = [];
    private readonly List<Lane> _lanes = [];

    /// <param name="threads">Those that graphs are computed on.</param>
    /// <param name="isShort">BF16 where it pays; else F32 throughout.</param>
    /// <param name="isSizing">Weights are not packed, only their size is found out; the graphs cannot be computed.</param>
    public TrainingProducts(Accelerator accelerator, int threads, bool isShort, bool isSizing = false)
    {
        (_accelerator, _threads, _isShort, _isSizing) = (accelerator, threads, isShort, isSizing);
        for (var index = 0; index < threads; index++)
        {
            _lanes.Add(new Lane(accelerator.Library!.Engine));
        }
    }

    /// <summary>For example <c>oneDNN 2.6.3, BF16</c>.</summary>
    public string Name => $"oneDNN {_accelerator.Library!.Version}, {(_isShort ? "BF16" : "F32")}";

    /// <summary>Bytes of packed weights.</summary>
    public long PackedBytes => _packed.Values.Sum(static weight => weight.Bytes);

    /// <summary>Bytes in which operands and results are brought into the order that products want, over all threads.</summary>
    public long ScratchBytes =>
        _lanes.Sum(static lane =>
            lane.State->Source.Wanted + lane.State->Target.Wanted + lane.State->Tile.Wanted + lane.State->Scratchpad.Wanted + lane.State->Work.Wanted
        );

    /// <summary>Takes over a product.</summary>
    /// <param name="node">A node of a graph whose backward pass is built.</param>
    /// <param name="isFrozen">Whether a tensor is a weight that never changes.</param>
    /// <param name="plans">Keeps what the node points to, as long as the graph is computed.</param>
    /// <returns>False = it stays ggml's.</returns>
    public bool TryInstall(Tensor node, Func<Tensor, bool> isFrozen, ProductPlans plans)
    {
        var tensor = node.Pointer;
        if (tensor->op is not (GgmlOp.MulMat or GgmlOp.OutProd) || tensor->type != 0 || GgmlApi.ggml_is_contiguous(tensor) == 0)
        {
            return false;
        }

        var isBackward = tensor->op == GgmlOp.OutProd;
        var first = SeeThrough((GgmlTensor*)tensor->src[0], tensor);
        var second = SeeThrough((GgmlTensor*)tensor->src[1], tensor);
        var (rows, columns, depth) = (tensor->ne[1], tensor->ne[0], isBackward ? first->ne[1] : first->ne[0]);
        var products = tensor->ne[2] * tensor->ne[3];
        if (rows * columns * depth * products < LeastWork || !MatrixView.IsUsable(second, tensor->ne[2], tensor->ne[3]))
        {
            return false;
        }

        var frozen = products == 1 && isFrozen(new Tensor(first));
        if (!frozen && !MatrixView.IsUsable(first, tensor->ne[2], tensor->ne[3]))
        {
            return false;
        }

        var product = new GraphProduct
        {
            SourceIndex = 1,
            WeightsIndex = 0,
            // MUL_MAT: source rows are rows of src[1], weights are src[0] turned. OUT_PROD: source is src[1] turned, weights are src[0] as it is.
            Source = MatrixView.Of(second, turned: isBackward, tensor->ne[2], tensor->ne[3]),
            Weights = frozen ? default : MatrixView.Of(first, turned: !isBackward, tensor->ne[2], tensor->ne[3]),
            Depth = depth,
            Columns = columns,
            Precision = _isShort && Math.Min(Math.Min(rows, columns), depth) >= LeastForShort ? Precision.Bfloat16 : Precision.Single,
            Products = products,
            Products2 = tensor->ne[2],
            TargetNext2 = (long)tensor->nb[2],
            TargetNext3 = (long)tensor->nb[3],
            SetOpenMpThreads = _accelerator.Library!.SetOpenMpThreads,
        };
        try
        {
            var packed = frozen ? Pack(first, isBackward) : null;
            Plan(ref product, rows, packed, plans);
        }
        catch (OneDnnException)
        {
            return false;
        }

        (tensor->src[0], tensor->src[1]) = ((nint)first, (nint)second);
        Install(tensor, product, plans);
        return true;
    }

    public void Dispose()
    {
        _lanes.ForEach(static lane => lane.Dispose());
        foreach (var weight in _packed.Values)
        {
            weight.Dispose();
        }
    }

    /// <summary>Matrices need not lie together: of a copy that was made for that, what it copies.</summary>
    private static GgmlTensor* SeeThrough(GgmlTensor* source, GgmlTensor* node)
    {
        var original = source->op == GgmlOp.Contiguous ? (GgmlTensor*)source->src[0] : null;
        return original != null && new Tensor(original).HasShapeOf(new Tensor(source)) && MatrixView.IsUsable(original, node->ne[2], node->ne[3])
            ? original
            : source;
    }

    private PackedWeight Pack(GgmlTensor* weight, bool isTurned)
    {
        // Views of the same rows are the same weight. Without data, they are told apart by what they are a view of.
        var whole = weight->view_src != null ? weight->view_src : weight;
        var key = weight->data != null ? ((nint)weight->data, (nuint)0, isTurned) : ((nint)whole, weight->view_offs, isTurned);
        if (!_packed.TryGetValue(key, out var packed))
        {
            var rows = new WeightRows(weight->data, weight->type, weight->ne[0], weight->ne[1], isShort: _isShort);
            packed = _isSizing ? PackedWeight.Sized(_accelerator.Kernels!, rows, isTurned) : PackedWeight.Pack(_accelerator.Kernels!, rows, isTurned);
            _packed[key] = packed;
        }

        return packed;
    }

    private void Plan(ref GraphProduct product, long rows, PackedWeight? packed, ProductPlans plans)
    {
        product.Packed = packed is null ? null : packed.Data;
        product.Precision = packed?.Precision ?? product.Precision;
        product.Slices = plans.Take<GraphSlice>(_threads);
        var byColumns = product.Products == 1 && packed is null && product.Columns > rows;
        var length =
            product.Products > 1 ? product.Products
            : byColumns ? product.Columns
            : rows;
        var step = product.Products > 1 ? (length + _threads - 1) / _threads : (((length + _threads - 1) / _threads) + 15) / 16 * 16;
        for (var first = 0L; first < length && product.SliceCount < _threads; first += step)
        {
            var slice = product.Slices + product.SliceCount;
            var part = Math.Min(step, length - first);
            *slice =
                product.Products > 1 ? new GraphSlice { Rows = rows, Columns = product.Columns }
                : byColumns
                    ? new GraphSlice
                    {
                        FirstColumn = first,
                        Columns = part,
                        Rows = rows,
                    }
                : new GraphSlice
                {
                    FirstRow = first,
                    Rows = part,
                    Columns = product.Columns,
                };
            Bind(ref product, slice, _lanes[product.SliceCount++], packed is not null);
        }
    }

    private void Bind(ref GraphProduct product, GraphSlice* slice, Lane lane, bool isPacked)
    {
        var layout =
            isPacked ? WeightLayout.Packed
            : product.Weights.IsRowMajor ? WeightLayout.Turned
            : WeightLayout.Rows;
        var kernel = _accelerator.Kernels!.Kernel(new ProductShape(slice->Rows, slice->Columns, product.Depth, product.Precision, layout));
        slice->Lane = lane.State;
        slice->Binding = lane.Bind(kernel);
        lane.State->Source.Ensure(slice->Rows * product.Depth * sizeof(float));
        lane.State->Tile.Ensure(isPacked ? 64 : slice->Columns * product.Depth * sizeof(float));
        lane.State->Target.Ensure(slice->Rows * slice->Columns * sizeof(float));
    }

    private static void Install(GgmlTensor* node, in GraphProduct product, ProductPlans plans)
    {
        var data = plans.Take<GraphProduct>(1);
        *data = product;
        plans.Note(data);
        Unsafe.InitBlock(node->op_params, 0, 64);
        *(nint*)node->op_params = (nint)(delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, GraphProduct*, void>)&GraphProduct.Run;
        *(int*)(node->op_params + 8) = AllThreads;
        *(GraphProduct**)(node->op_params + 16) = data;
        node->op = GgmlOp.Custom;
    }
}
