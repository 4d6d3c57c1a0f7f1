using System.Runtime.InteropServices;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Crew;

/// <summary>A graph of one token, cut up for a crew. The memory only grows until it is disposed: threads that come too late may still look at it.</summary>
internal sealed unsafe class CrewPlan : IDisposable
{
    private const int MostUnits = 2048,
        MostStates = 1 << 16;

    /// <summary>About so many bytes of weights are a part: long beside what it costs to hand one out, and short beside a time slice.</summary>
    private const long BytesOfAPart = 256 << 10;

    private const nuint Line = 64;

    private readonly List<nint> _blocks = [];
    private byte* _room;
    private nuint _size;
    private nuint _used;
    private bool _isTooSmall;

    public CrewUnit* Units { get; } = (CrewUnit*)NativeMemory.AllocZeroed(MostUnits, (nuint)sizeof(CrewUnit));

    /// <summary>A unit's node and its sources, which read the copies.</summary>
    public CrewTensors* Tensors { get; } = (CrewTensors*)NativeMemory.AllocZeroed(MostUnits, (nuint)sizeof(CrewTensors));

    /// <summary>One for each part.</summary>
    public long* States { get; } = (long*)NativeMemory.AllocZeroed(MostStates, sizeof(long));

    /// <summary>When a part was taken last.</summary>
    public long* Taken { get; } = (long*)NativeMemory.AllocZeroed(MostStates, sizeof(long));

    /// <summary>How long a part of a unit usually takes.</summary>
    public long* Usual { get; } = (long*)NativeMemory.AllocZeroed(MostUnits, sizeof(long));

    /// <summary>Parts of a unit that are not done.</summary>
    public int* Left { get; } = (int*)NativeMemory.AllocZeroed(MostUnits, sizeof(int));

    public int UnitCount { get; private set; }

    public int StateCount { get; private set; }

    /// <summary>Bytes of the weights whose products are cut up.</summary>
    public long Bytes { get; private set; }

    public nint Graph { get; private set; }

    /// <summary>Cuts a graph up; attention must be taken over already (<see cref="HeadwiseAttention"/>).</summary>
    /// <returns>False if there is something in it that would keep one thread busy for long, or is not known well enough.</returns>
    public bool TryMake(nint graph)
    {
        do
        {
            Reserve();
            if (!TryCut(graph))
            {
                return false;
            }
        } while (_isTooSmall);

        return true;
    }

    /// <summary>Whether a state belongs to it.</summary>
    public bool Has(int firstState, int parts) => firstState >= 0 && parts >= 0 && firstState <= MostStates - parts;

    public void Dispose()
    {
        NativeMemory.Free(Units);
        NativeMemory.Free(Tensors);
        NativeMemory.Free(States);
        NativeMemory.Free(Taken);
        NativeMemory.Free(Usual);
        NativeMemory.Free(Left);
        _blocks.ForEach(static block => NativeMemory.AlignedFree((void*)block));
        _blocks.Clear();
    }

    private bool TryCut(nint graph)
    {
        var nodes = GgmlApi.ggml_graph_nodes(graph);
        var count = GgmlApi.ggml_graph_n_nodes(graph);
        (Graph, UnitCount, StateCount, Bytes) = (graph, 0, 0, 0);
        var first = 0;
        for (var index = 0; index < count; index++)
        {
            var node = nodes[index];
            var unit = Units + UnitCount;
            if (CrewNodes.IsProduct(node))
            {
                var weight = (GgmlTensor*)node->src[0];
                CutProduct(
                    node,
                    unit,
                    new CrewUnit
                    {
                        Work = CrewWork.Product,
                        Size = weight->ne[1],
                        Grain = CrewNodes.Interleaved,
                    },
                    weight->Bytes
                );
            }
            else if (CrewNodes.IsOtherProduct(node, out var product))
            {
                CutProduct(
                    node,
                    unit,
                    new CrewUnit
                    {
                        Work = CrewWork.OtherProduct,
                        Size = product.Columns,
                        Grain = product.Grain,
                        Product = product,
                    },
                    product.Bytes
                );
            }
            else if (HeadwiseAttention.WorkOf(node) is var work && work != null && work->Tokens == 1)
            {
                CutAttention(node, work, unit);
            }
            else if (CrewNodes.TakesLong(node))
            {
                return false;
            }
            else
            {
                continue;
            }

            (unit->First, unit->Node, first) = (first, index, index + 1);
            if (++UnitCount == MostUnits - 1 || StateCount + (MostStates / MostUnits) > MostStates)
            {
                return false;
            }
        }

        Units[UnitCount++] = new CrewUnit { First = first, Node = count };
        return true;
    }

    private void CutProduct(GgmlTensor* node, CrewUnit* unit, in CrewUnit kind, long bytes)
    {
        var input = (GgmlTensor*)node->src[1];
        Bytes += bytes;
        *unit = kind;
        unit->Output = node->data;
        Divide(unit, (int)Math.Clamp(bytes / BytesOfAPart, 2, Math.Min(MostStates / MostUnits, unit->Size / unit->Grain)));
        unit->Input = Copy(Take(node) + 2, (nuint)input->ne[0] * sizeof(float));
    }

    private void CutAttention(GgmlTensor* node, CellWork* work, CrewUnit* unit)
    {
        GgmlTensor* query = (GgmlTensor*)node->src[0],
            key = (GgmlTensor*)node->src[1],
            mask = (GgmlTensor*)node->src[3];
        *unit = new CrewUnit
        {
            Work = CrewWork.Attention,
            Size = key->ne[2],
            Grain = 1,
            Facts = work->Facts,
            Output = node->data,
        };
        Divide(unit, (int)Math.Clamp((long)key->nb[1] * key->ne[1] / BytesOfAPart, Math.Min(2, key->ne[2]), Math.Min(MostStates / MostUnits, key->ne[2])));
        var tensors = Take(node);
        unit->Input = Copy(tensors + 1, ((nuint)(query->ne[2] - 1) * (nuint)query->nb[2]) + ((nuint)query->ne[0] * sizeof(float)));
        if (mask != null)
        {
            CopyMask(unit, tensors + 4);
        }
    }

    /// <summary>Layers have the same mask, or one of two.</summary>
    private void CopyMask(CrewUnit* unit, GgmlTensor* mask)
    {
        for (var earlier = UnitCount - 1; earlier >= 0; earlier--)
        {
            if (Units[earlier].Mask.From == mask->data)
            {
                mask->data = Units[earlier].Mask.To;
                return;
            }
        }

        unit->Mask = Copy(mask, (nuint)mask->ne[0] * sizeof(ushort));
    }

    private void Divide(CrewUnit* unit, int parts)
    {
        (unit->Parts, unit->FirstState) = (parts, StateCount);
        StateCount += parts;
    }

    private GgmlTensor* Take(GgmlTensor* node)
    {
        var tensors = (GgmlTensor*)(Tensors + UnitCount);
        *tensors = *node;
        for (var source = 0; source < CrewTensors.Count - 1; source++)
        {
            if (node->src[source] != 0)
            {
                tensors[source + 1] = *(GgmlTensor*)node->src[source];
            }
        }

        return tensors;
    }

    private CrewCopy Copy(GgmlTensor* source, nuint size)
    {
        var taken = (size + Line - 1) / Line * Line;
        if (_isTooSmall |= _used + taken > _size)
        {
            _used += taken;
            return default;
        }

        var copy = new CrewCopy
        {
            From = source->data,
            To = _room + _used,
            Size = size,
        };
        source->data = copy.To;
        _used += taken;
        return copy;
    }

    /// <summary>Room for the copies: as much as the last attempt asked for.</summary>
    private void Reserve()
    {
        if (_used > _size)
        {
            _size = _used * 2;
            _room = (byte*)NativeMemory.AlignedAlloc(_size, Line);
            NativeMemory.Clear(_room, _size);
            _blocks.Add((nint)_room);
        }

        (_used, _isTooSmall) = (0, false);
    }
}
