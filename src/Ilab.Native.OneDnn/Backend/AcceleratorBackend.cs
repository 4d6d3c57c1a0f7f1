using Ilab.Native.Llama;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>The backend of one context. It takes the matrix products that pay out of a graph, lets the CPU compute the rest, and leaves the graph as it
/// was.</summary>
internal sealed unsafe partial class AcceleratorBackend(nint cpu, Accelerator? accelerator, ComputeForm form = default) : IDisposable
{
    private const int Failed = -1; // GGML_STATUS_FAILED
    private readonly CpuBackend _cpu = new(cpu, form);
    private readonly ProductPlanner? _planner = accelerator?.Kernels is { } kernels ? new ProductPlanner(kernels) : null;
    private readonly Arena _arena = new();
    private readonly CellLanes _cells = new();
    private long _graph;
    private bool _takesAttention = true;
    private CallbackData*[] _installed = new CallbackData*[256];
    private int _count;
    private NativeBuffer _room; // for the products with coded weights, one after the other
    private int _threads = 1;

    static AcceleratorBackend() => ProductCallback.Offer();

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
        _cells.Dispose();
        _room.Free();
    }

    private void Install(nint graph, Dictionary<nint, WeightUse> weights)
    {
        _count = 0;
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
                GiveUp(node, use);
            }
        }

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

    /// <summary>What cannot be done with floats is done with codes, if there are any, or by the CPU, from now on.</summary>
    private void GiveUp(GgmlTensor* node, WeightUse use)
    {
        if (use is { Coded: not null, FloatRows: not WeightUse.Never })
        {
            use.FloatRows = WeightUse.Never;
            if (TryInstall(node, use))
            {
                return;
            }
        }

        use.MinimumRows = WeightUse.Never;
    }

    /// <summary>Attention with as many digits as the products: BF16 only where no product has more.</summary>
    private void InstallAttention(GgmlTensor** nodes, int count)
    {
        var precision = Precision.Bfloat16;
        _cells.Begin(_threads);
        _graph++;
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
}
