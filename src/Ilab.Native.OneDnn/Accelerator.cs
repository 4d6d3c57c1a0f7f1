using System.Runtime.InteropServices;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Loading;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn;

/// <summary>
/// Takes the matrix products of llama.cpp's graphs where another way is faster: products of whole numbers for few rows, oneDNN's for many. There is one in a
/// process; started before the first model is loaded, it serves every context that is made afterwards.
/// </summary>
public sealed unsafe partial class Accelerator
{
    private const string Codes = "AVX-VNNI";

    private static readonly Lock Gate = new();
    private static Accelerator? _current;

    [ThreadStatic]
    private static Dictionary<nint, int>? _discovered;

    private volatile Dictionary<nint, WeightUse> _weights = [];
    private volatile string? _reasonOff;
    private long _products;
    private int _models;

    private Accelerator(OneDnnLibrary? library, AcceleratorOptions options)
    {
        (Library, Options, Strict) = (library, options, options.Strict);
        Kernels = library is null ? null : new KernelCache(library);
        Record = MachineRecord.Open(options.RecordDirectory, library, options.Threads);
    }

    /// <summary>Null = it is not there, or of no use on this machine: weights are multiplied as whole numbers alone.</summary>
    public OneDnnLibrary? Library { get; }

    /// <summary>What computes, for people.</summary>
    public string Name =>
        Library is null ? Codes
        : CodedWeight.IsSupported ? $"{Codes}, oneDNN {Library.Version}"
        : $"oneDNN {Library.Version}";

    public AcceleratorOptions Options { get; }

    /// <summary>Why it does nothing any more; null = it works.</summary>
    public string? ReasonOff => _reasonOff;

    /// <summary>Matrix products done so far.</summary>
    public long ProductCount => Interlocked.Read(ref _products);

    /// <summary>Set anew by tests alone.</summary>
    internal bool Strict { get; set; }

    internal MachineRecord Record { get; }

    internal bool IsOn => _reasonOff is null && _weights.Count > 0;

    internal KernelCache? Kernels { get; }

    /// <summary>By address of the tensor.</summary>
    internal Dictionary<nint, WeightUse> Weights => _weights;

    /// <summary>Set before the device is registered; null = the device computes as the CPU does, with threads that are governed.</summary>
    internal static Accelerator? Current => _current;

    /// <summary>
    /// Takes over the products of a model: finds the weights that its graphs use by decoding one token, and packs them as far as the memory reaches.
    /// Nothing else may use the context meanwhile.
    /// </summary>
    /// <param name="context">Made after the accelerator was started.</param>
    /// <param name="files">Where weights are read that llama.cpp has rearranged in memory.</param>
    /// <param name="budget">Bytes that packed weights may take.</param>
    /// <param name="progress">Called with 0..1.</param>
    public AcceleratedModel Attach(LlamaContext context, IWeightFiles files, long budget, Action<float> progress)
    {
        var tensors = Find(context);
        var uses = new Dictionary<nint, WeightUse>();
        foreach (var (tensor, chosen) in tensors)
        {
            if (
                Rows((GgmlTensor*)tensor, files) is { } rows
                && ((GgmlTensor*)tensor)->ne[1] >= PackedWeight.Block
                && CanMultiply(rows, (GgmlTensor*)tensor)
                && IsRight(rows.Type)
            )
            {
                uses[tensor] = new WeightUse(rows, (int)((GgmlTensor*)tensor)->ne[2], chosen) { IsRearranged = !IsHost((GgmlTensor*)tensor) };
            }
        }

        lock (Gate)
        {
            _models++;
        }

        var model = new AcceleratedModel(this, uses);
        try
        {
            model.Pack(budget, progress);
            model.Calibrate(Options.Threads);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        Change(weights =>
        {
            foreach (var (tensor, use) in uses)
            {
                weights[tensor] = use;
            }
        });
        return model;
    }

    /// <summary>Forgets a model whose contexts are gone. With the last one go the kernels: nothing is bound to them any more.</summary>
    internal void Detach(AcceleratedModel model)
    {
        Change(weights =>
        {
            foreach (var tensor in model.Uses.Keys)
            {
                weights.Remove(tensor);
            }
        });
        lock (Gate)
        {
            if (--_models == 0)
            {
                Kernels?.Clear();
            }
        }
    }

    internal void TurnOff(string reason) => _reasonOff ??= reason;

    internal void Count(int products) => Interlocked.Add(ref _products, products);

    /// <summary>Notes the weights of a graph when this thread looks for them.</summary>
    internal static void Discover(nint graph)
    {
        if (_discovered is not { } found)
        {
            return;
        }

        var nodes = GgmlApi.ggml_graph_nodes(graph);
        for (int index = 0, count = GgmlApi.ggml_graph_n_nodes(graph); index < count; index++)
        {
            var node = nodes[index];
            var isStack = node->op == GgmlOp.MulMatId;
            if (
                node->op is GgmlOp.MulMat or GgmlOp.MulMatId
                && TensorFacts.IsWeight((GgmlTensor*)node->src[0])
                && ((GgmlTensor*)node->src[0])->ne[2] > 1 == isStack
            )
            {
                found[node->src[0]] = isStack ? (int)((GgmlTensor*)node->src[2])->ne[0] : 1;
            }
        }
    }

    /// <returns>Tensors, with the number of matrices of each that a token takes.</returns>
    internal static Dictionary<nint, int> Find(LlamaContext context)
    {
        _discovered = [];
        try
        {
            context.Forget(0, 0);
            using var batch = new LlamaBatch(1);
            batch.Add(Math.Max(0, context.Model.Vocabulary.BeginOfText), 0, 0, logits: true);
            context.Decode(batch);
            context.Forget(0, 0);
            return _discovered;
        }
        finally
        {
            _discovered = null;
        }
    }

    private bool CanMultiply(WeightRows rows, GgmlTensor* tensor) => Library is not null || (tensor->ne[2] == 1 && IsHost(tensor) && CodedWeight.Suits(rows));

    private static bool IsHost(GgmlTensor* tensor) => GgmlApi.ggml_backend_buffer_is_host(tensor->buffer) != 0;

    private static WeightRows? Rows(GgmlTensor* tensor, IWeightFiles files)
    {
        if (IsHost(tensor))
        {
            return new WeightRows(tensor->data, tensor->type, tensor->ne[0], tensor->Rows);
        }

        var name = Marshal.PtrToStringUTF8((nint)tensor->name) ?? "";
        return files.Find(name) is { } found && found.Type == tensor->type
            ? new WeightRows((byte*)found.Data, tensor->type, tensor->ne[0], tensor->Rows)
            : null;
    }

    private void Change(Action<Dictionary<nint, WeightUse>> change)
    {
        lock (Gate)
        {
            var weights = new Dictionary<nint, WeightUse>(_weights);
            change(weights);
            _weights = weights;
        }
    }
}
