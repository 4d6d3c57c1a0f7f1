using System.Runtime.InteropServices;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Crew;

/// <summary>What one thread of a crew computes with: ggml on this thread alone, and room for results that may come too late.</summary>
internal sealed unsafe class CrewMember : IDisposable
{
    private const nuint Line = 64;
    private readonly nint _backend;
    private readonly CrewTensors* _tensors = (CrewTensors*)NativeMemory.AllocZeroed((nuint)sizeof(CrewTensors));
    private CellLane _lane;
    private byte* _room;
    private nuint _size;

    public CrewMember()
    {
        _backend = GgmlApi.ggml_backend_dev_init(GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice), null);
        ((delegate* unmanaged[Cdecl]<nint, int, void>)GgmlApi.CpuFunction("ggml_backend_set_n_threads"))(_backend, 1);
    }

    /// <summary>Whether it was the last of a step, and has not looked for another one yet. Its own.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Computes some nodes of a graph, where they are.</summary>
    /// <returns>ggml's status.</returns>
    public int Compute(nint graph, int first, int end)
    {
        if (first == end)
        {
            return 0;
        }

        var view = GgmlApi.ggml_graph_view(graph, first, end);
        return GgmlApi.ggml_backend_graph_compute(_backend, (nint)(&view));
    }

    /// <summary>Takes a copy of a unit's tensors, to be used if the unit is still what it was afterwards.</summary>
    public void Load(CrewTensors* tensors)
    {
        *_tensors = *tensors;
        var node = Tensor(0);
        for (var source = 0; source < CrewTensors.Count - 1; source++)
        {
            node->src[source] = node->src[source] == 0 ? 0 : (nint)Tensor(source + 1);
        }
    }

    /// <summary>Computes a part of the unit that was loaded, aside.</summary>
    /// <param name="unit">Copied before it was loaded.</param>
    /// <param name="step">Number of the step.</param>
    /// <returns>The result: where it belongs, where it is, and how long it is; null = ggml failed.</returns>
    public CrewCopy? Run(in CrewUnit unit, int part, long step) =>
        unit.Work switch
        {
            CrewWork.Product => Multiply(unit, part),
            CrewWork.OtherProduct => MultiplyOtherwise(unit, part),
            _ => Attend(unit, part, step),
        };

    public void Dispose()
    {
        GgmlApi.ggml_backend_free(_backend);
        _lane.Free();
        NativeMemory.AlignedFree(_room);
        NativeMemory.Free(_tensors);
        _room = null;
    }

    private CrewCopy? Multiply(in CrewUnit unit, int part)
    {
        GgmlTensor* node = Tensor(0),
            weight = Tensor(1);
        var (first, count) = unit.Range(part);
        var size = (nuint)count * sizeof(float);
        weight->ne[1] = count;
        weight->data += (ulong)first * weight->nb[1];
        node->ne[0] = count;
        (node->nb[1], node->nb[2], node->nb[3]) = (size, size, size);
        node->data = Room(size);
        node->view_src = null;
        var graph = new GraphView { n_nodes = 1, nodes = &node };
        return GgmlApi.ggml_backend_graph_compute(_backend, (nint)(&graph)) != 0
            ? null
            : new CrewCopy
            {
                From = _room,
                To = unit.Output + (first * sizeof(float)),
                Size = size,
            };
    }

    private CrewCopy? MultiplyOtherwise(in CrewUnit unit, int part)
    {
        var (first, count) = unit.Range(part);
        var size = (nuint)count * sizeof(float);
        var place = (size + Line - 1) / Line * Line;
        var room = Room(place + (nuint)unit.Product.Room);
        fixed (byte* task = unit.Product.Task)
        {
            unit.Product.Run(task, first, count, (float*)Tensor(2)->data, (float*)room, room + place);
        }

        return new CrewCopy
        {
            From = room,
            To = unit.Output + (first * sizeof(float)),
            Size = size,
        };
    }

    private CrewCopy? Attend(in CrewUnit unit, int part, long step)
    {
        var node = Tensor(0);
        var (first, count) = unit.Range(part);
        var each = Tensor(1)->ne[2] / unit.Size;
        var (from, size) = ((ulong)(first * each) * node->nb[1], (nuint)((ulong)(count * each) * node->nb[1]));
        node->data = Room(size) - from;
        _lane.Run(node, unit.Facts, step, 0, (first * each, count * each));
        return new CrewCopy
        {
            From = _room,
            To = unit.Output + from,
            Size = size,
        };
    }

    private GgmlTensor* Tensor(int index) => (GgmlTensor*)_tensors + index;

    private byte* Room(nuint size)
    {
        if (size > _size)
        {
            NativeMemory.AlignedFree(_room);
            _size = size * 2;
            _room = (byte*)NativeMemory.AlignedAlloc(_size, Line);
        }

        return _room;
    }
}
