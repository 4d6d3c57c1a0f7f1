using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>Masks of dropout, made while the graph runs from two numbers alone: the same numbers give the same masks on any number of threads.</summary>
public sealed unsafe class Dropout
{
    private const int AllThreads = -1;
    private readonly float _rate;

    /// <param name="inputs">Holds <see cref="Seed"/>.</param>
    /// <param name="rate">Share that is dropped, at least 0 and below 1.</param>
    public Dropout(GgmlContext inputs, float rate)
    {
        _rate = rate;
        Seed = inputs.New(TensorTypes.I32, 2);
    }

    /// <summary>I32 [2]: other numbers, other masks.</summary>
    public Tensor Seed { get; }

    /// <summary>Sets a share of the numbers to zero, and makes the others larger by as much.</summary>
    /// <param name="context">Where the mask is made.</param>
    /// <param name="number">Of the mask: the same number, the same mask, also when a layer is computed again.</param>
    public Tensor Apply(GgmlContext context, Tensor x, int number)
    {
        if (_rate <= 0)
        {
            return x;
        }

        var source = (nint)Seed.Pointer;
        // What a callback is told fits into the pointer that ggml keeps for it: which mask, and the rate as a float.
        var told = ((nint)number << 32) | (nint)BitConverter.SingleToUInt32Bits(_rate);
        var mask = new Tensor(GgmlApi.ggml_custom_4d(context.Pointer, TensorTypes.F32, x[0], x[1], x[2], x[3], (GgmlTensor**)&source, 1, &Compute, AllThreads, (void*)told));
        return context.Multiply(x, mask);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* target, int thread, int threads, void* data)
    {
        var seed = (uint*)((GgmlTensor*)target->src[0])->data;
        var rate = BitConverter.UInt32BitsToSingle((uint)(nint)data);
        var start = Mix((((ulong)seed[0] << 32) | seed[1]) ^ ((ulong)(nint)data & 0xFFFFFFFF00000000) ^ 0x9E3779B97F4A7C15);
        var limit = (uint)(rate * uint.MaxValue);
        var kept = 1 / (1 - rate);
        var rows = target->ne[1] * target->ne[2] * target->ne[3];
        for (long row = thread; row < rows; row += threads)
        {
            var values = (float*)target->data + (row * target->ne[0]);
            for (long column = 0; column < target->ne[0]; column++)
            {
                values[column] = (uint)Mix(start + (ulong)((row * target->ne[0]) + column)) < limit ? 0 : kept;
            }
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
