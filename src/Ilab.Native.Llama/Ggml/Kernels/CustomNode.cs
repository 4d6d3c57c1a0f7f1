using System.Runtime.CompilerServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>Lets a function of this process compute a node of a graph, on ggml's threads.</summary>
internal static unsafe class CustomNode
{
    private const int AllThreads = -1;
    private const int FunctionAt = 0,
        ThreadsAt = 8,
        DataAt = 16,
        ParameterBytes = 64;

    /// <param name="node">Keeps its sources; its parameters are replaced.</param>
    /// <param name="function">Called on each thread with the node, the thread's index, the number of threads, and the data.</param>
    /// <param name="data">Any pointer-sized value.</param>
    public static void Install(GgmlTensor* node, delegate* unmanaged[Cdecl]<GgmlTensor*, int, int, nint, void> function, nint data)
    {
        Unsafe.InitBlock(node->op_params, 0, ParameterBytes);
        *(nint*)(node->op_params + FunctionAt) = (nint)function;
        *(int*)(node->op_params + ThreadsAt) = AllThreads;
        *(nint*)(node->op_params + DataAt) = data;
        node->op = GgmlOp.Custom;
    }

    /// <summary>A thread's share of a number of items, in multiples of a step.</summary>
    public static (long First, long End) Share(long count, int thread, int threads, long step = 1)
    {
        var steps = (count + step - 1) / step;
        var each = (steps + threads - 1) / threads;
        return (Math.Min(count, thread * each * step), Math.Min(count, (thread + 1) * each * step));
    }
}
