using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Crew;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>Turns a matrix product of a graph into a custom operation that runs a <see cref="ProductTask"/>, and back.</summary>
internal static unsafe class ProductCallback
{
    private const int AllThreads = -1;

    /// <summary>Lets crews cut up products with coded weights.</summary>
    public static void Offer() => CrewProduct.Describe = &Describe;

    public static void Install(GgmlTensor* node, CallbackData* data)
    {
        data->Node = node;
        data->Op = node->op;
        Unsafe.CopyBlock(data->Parameters, node->op_params, 64);
        *(nint*)node->op_params = (nint)(delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, CallbackData*, void>)&Run;
        *(int*)(node->op_params + 8) = AllThreads;
        *(CallbackData**)(node->op_params + 16) = data;
        node->op = GgmlOp.Custom;
    }

    public static void Restore(CallbackData* data)
    {
        data->Node->op = data->Op;
        Unsafe.CopyBlock(data->Node->op_params, data->Parameters, 64);
    }

    private static bool Describe(GgmlTensor* node, CrewProduct* product)
    {
        if (*(nint*)node->op_params != (nint)(delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, CallbackData*, void>)&Run)
        {
            return false;
        }

        var task = (*(CallbackData**)(node->op_params + 16))->Coded;
        if (task == null || task->Rows != 1)
        {
            return false;
        }

        *product = new CrewProduct
        {
            Columns = task->Columns,
            Grain = CodedWeight.Tile,
            Bytes = task->Columns * task->Depth,
            Room = CodedTask.RoomOf(1, task->Depth),
            Run = &RunColumns,
        };
        *(CodedTask*)product->Task = *task;
        return true;
    }

    private static void RunColumns(byte* task, long first, long count, float* source, float* target, byte* room) =>
        ((CodedTask*)task)->Part(first, count, source, target, room).Run(0, 1);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Run(GgmlTensor* node, int thread, int threads, CallbackData* data)
    {
        if (data->SetOpenMpThreads != null)
        {
            data->SetOpenMpThreads(1);
        }

        if (data->Attention != null)
        {
            data->Cells.Run(node, thread, threads);
            AttentionNode.Locate(node, data->Attention);
            data->Attention->Run(thread);
            return;
        }

        var source = (GgmlTensor*)node->src[1];
        if (data->Coded != null)
        {
            data->Coded->Source = (float*)source->data;
            data->Coded->Target = (float*)node->data;
            data->Coded->Run(thread, threads);
            return;
        }

        if (data->Experts == null)
        {
            data->Task.Source = (float*)source->data;
            data->Task.Target = (float*)node->data;
            data->Task.Run(thread, threads);
            return;
        }

        data->Experts->Source.Data = source->data;
        data->Experts->Target.Data = node->data;
        data->Experts->Chosen.Data = ((GgmlTensor*)node->src[2])->data;
        data->Experts->Run(thread);
    }
}

/// <summary>What the callback of one node needs, and what the node was before.</summary>
internal unsafe struct CallbackData
{
    public ProductTask Task;

    /// <summary>Not null = this is done instead of <see cref="Task"/>.</summary>
    public ExpertTask* Experts;

    /// <summary>The same for a node that is attention.</summary>
    public AttentionTask* Attention;

    /// <summary>The queries that are left out of it.</summary>
    public CellWork Cells;

    /// <summary>The same for a product with coded weights, which does without oneDNN.</summary>
    public CodedTask* Coded;

    public GgmlTensor* Node;
    public delegate* unmanaged[Cdecl]<int, void> SetOpenMpThreads;
    public int Op;
    public fixed byte Parameters[64];

    /// <summary>Of the product.</summary>
    public readonly Precision Precision =>
        Coded != null ? Precision.Bfloat16
        : Experts != null ? Experts->Precision
        : Task.Precision;

    /// <summary>oneDNN's status; 0 = well.</summary>
    public readonly int Failed =>
        Coded != null ? 0
        : Attention != null ? Attention->Failed
        : Experts != null ? Experts->Failed
        : Task.Failed;
}
