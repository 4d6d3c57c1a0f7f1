using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>The backend of one context. It takes the matrix products that pay out of a graph, lets the CPU compute the rest, and leaves the graph as it
/// was.</summary>
internal sealed unsafe class AcceleratorBackend(nint cpu, Accelerator? accelerator) : IDisposable
{
    private const int Failed = -1; // GGML_STATUS_FAILED
    private readonly CpuBackend _cpu = new(cpu);
    private readonly ProductPlanner? _planner = accelerator?.Kernels is { } kernels ? new ProductPlanner(kernels) : null;
    private readonly Arena _arena = new();
    private bool _takesAttention = true;
    private CallbackData*[] _installed = new CallbackData*[256];
    private int _count;
    private NativeBuffer _room; // for the products with coded weights, one after the other
    private long _roomNeeded;
    private int _threads = 1;

    /// <summary>The CPU backend under it.</summary>
    public nint Cpu { get; } = cpu;

    /// <summary>A backend that ggml does not know of, for measurements.</summary>
    public static AcceleratorBackend Create(Accelerator accelerator, int threads)
    {
        var backend = new AcceleratorBackend(GgmlApi.ggml_backend_dev_init(AcceleratorDevice.Cpu, null), accelerator);
        backend.SetThreads(threads);
        return backend;
    }

    public void SetThreads(int count) => _cpu.SetThreads(count);

    public void SetAbort(nint callback, nint data) => _cpu.SetAbort(callback, data);

    /// <returns>ggml's status.</returns>
    public int Compute(nint graph)
    {
        Accelerator.Discover(graph);
        return accelerator is { IsOn: true } ? Compute(graph, accelerator.Weights) : _cpu.Compute(graph, _cpu.Threads);
    }

    /// <param name="weights">Whose products are taken out.</param>
    public int Compute(nint graph, Dictionary<nint, WeightUse> weights)
    {
        // Work is cut up for all threads that there may be; any number of them then computes it, and the same digits come out.
        _threads = _cpu.Threads;
        Install(graph, weights);
        var status = _cpu.Compute(graph, _threads);
        for (var index = 0; index < _count; index++)
        {
            ProductCallback.Restore(_installed[index]);
            if (_installed[index]->Failed is not 0 and var failed)
            {
                accelerator!.TurnOff($"oneDNN failed with status {failed}");
                status = Failed;
            }
        }

        accelerator?.Count(_count);
        return status;
    }

    public void Dispose()
    {
        _cpu.Dispose();
        _planner?.Dispose();
        _arena.Dispose();
        _room.Free();
    }

    private void Install(nint graph, Dictionary<nint, WeightUse> weights)
    {
        (_count, _roomNeeded) = (0, 0);
        _arena.Reset();
        if (_planner is not null)
        {
            _planner.Strict = accelerator!.Strict;
        }

        var nodes = GgmlApi.ggml_graph_nodes(graph);
        for (int index = 0, count = GgmlApi.ggml_graph_n_nodes(graph); index < count; index++)
        {
            var node = nodes[index];
            if (
                node->op is GgmlOp.MulMat or GgmlOp.MulMatId
                && weights.TryGetValue(node->src[0], out var use)
                && use.IsStack == (node->op == GgmlOp.MulMatId)
                && Pays(node, use)
                && !TryInstall(node, use)
            )
            {
                use.MinimumRows = WeightUse.Never; // from now on the CPU does it
            }
        }

        _room.Ensure(_roomNeeded);
        for (var index = 0; index < _count; index++)
        {
            if (_installed[index]->Coded is not null and var task)
            {
                task->Room = _room.Data;
            }
        }

        if (_count > 0 && _planner is not null && !accelerator!.Strict)
        {
            InstallAttention(nodes, GgmlApi.ggml_graph_n_nodes(graph));
        }
    }

    /// <summary>Attention with as many digits as the products: BF16 only where no product has more.</summary>
    private void InstallAttention(GgmlTensor** nodes, int count)
    {
        var precision = Precision.Bfloat16;
        for (var index = 0; index < _count; index++)
        {
            precision = _installed[index]->Precision == Precision.Single ? Precision.Single : precision;
        }

        for (var index = 0; index < count; index++)
        {
            var node = nodes[index];
            if (node->op == GgmlOp.FlashAttention && _takesAttention && AttentionNode.IsOrdinary(node))
            {
                _takesAttention = TryInstall(node, null, precision);
            }
        }
    }

    private void PlanAttention(GgmlTensor* node, CallbackData* data, Precision precision)
    {
        var task = _arena.Take<AttentionTask>(1);
        AttentionNode.Describe(node, task);
        task->Precision = precision;
        _planner!.Plan(task, _arena.Take<AttentionLane>(_threads), _threads);
        data->Attention = task;
    }

    /// <param name="use">Of the weights of a product; null = the node is attention.</param>
    /// <param name="precision">Of attention.</param>
    /// <returns>False when oneDNN has nothing for it, or there is no memory.</returns>
    private bool TryInstall(GgmlTensor* node, WeightUse? use, Precision precision = default)
    {
        var data = _arena.Take<CallbackData>(1);
        if (accelerator!.Library is { } library)
        {
            data->SetOpenMpThreads = library.SetOpenMpThreads;
        }

        try
        {
            if (use is null)
            {
                PlanAttention(node, data, precision);
            }
            else if (use.IsStack)
            {
                PlanExperts(node, data, use.PackedExperts!);
            }
            else
            {
                PlanProduct(data, use, ((GgmlTensor*)node->src[1])->Rows);
            }
        }
        catch (Exception exception) when (exception is OneDnnException or OutOfMemoryException)
        {
            return false;
        }

        if (_count == _installed.Length)
        {
            var larger = new CallbackData*[_count * 2];
            Array.Copy(_installed, larger, _count);
            _installed = larger;
        }

        ProductCallback.Install(node, data);
        _installed[_count++] = data;
        return true;
    }

    private static bool Pays(GgmlTensor* node, WeightUse use)
    {
        var source = (GgmlTensor*)node->src[1];
        if (!TensorFacts.IsOrdinaryProduct(node))
        {
            return false;
        }

        return use.IsStack
            ? source->ne[2] >= use.MinimumRows && use.PackedExperts is not null && TensorFacts.HasFloatRows(source) && TensorFacts.HasFloatRows(node)
            : source->Rows >= use.MinimumRows && TensorFacts.IsPlainFloat(source) && TensorFacts.IsPlainFloat(node);
    }

    private void PlanProduct(CallbackData* data, WeightUse use, long rows)
    {
        if (use.Coded is { } coded && (rows < use.FloatRows || use.Packed is null || accelerator!.Strict))
        {
            data->Coded = _arena.Take<CodedTask>(1);
            *data->Coded = new CodedTask
            {
                Weights = coded.Data,
                Depth = coded.Depth,
                Columns = coded.Columns,
                Rows = rows,
                Offset = BlockCodes.Offset(coded.Type),
                HasMinimum = BlockCodes.HasMinimum(coded.Type),
            };
            _roomNeeded = Math.Max(_roomNeeded, CodedTask.RoomOf(rows, coded.Depth) * _threads);
            return;
        }

        var slices = _arena.Take<ProductSlice>(_threads);
        data->Task.Depth = use.Source.Columns;
        data->Task.Columns = use.Source.Rows;
        data->Task.Precision = use.Source.Precision;
        if (use.Packed is { } packed)
        {
            _planner!.Plan(&data->Task, slices, rows, packed, _threads);
        }
        else
        {
            _planner!.Plan(&data->Task, slices, rows, use.Source, _threads);
        }
    }

    private void PlanExperts(GgmlTensor* node, CallbackData* data, PackedExperts experts)
    {
        var source = (GgmlTensor*)node->src[1];
        var chosen = (GgmlTensor*)node->src[2];
        var task = _arena.Take<ExpertTask>(1);
        task->Source = new Matrix { Choice = source->nb[1], Token = source->nb[2] };
        task->Target = new Matrix { Choice = node->nb[1], Token = node->nb[2] };
        task->Chosen = new Matrix { Choice = chosen->nb[0], Token = chosen->nb[1] };
        (task->SourceRows, task->Tokens, task->ChosenCount) = (source->ne[1], source->ne[2], chosen->ne[0]);
        _planner!.Plan(task, _arena.Take<ExpertLane>(_threads), experts, _threads);
        data->Experts = task;
    }
}
