using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>
/// Dropout masks generated from two numbers: the same numbers give the same masks on any number of threads. They are generated while the graph runs, or before
/// it if the backend cannot call functions of this process.
/// </summary>
public sealed unsafe class Dropout
{
    private const int AllThreads = -1;
    private readonly float _rate;
    private readonly GgmlContext _inputs;
    private readonly Tensor _seed;
    private readonly Dictionary<int, Tensor>? _masks;

    /// <param name="inputs">Holds the seeds of the masks, or the masks.</param>
    /// <param name="rate">Fraction to drop, at least 0 and below 1.</param>
    /// <param name="isOwn">Whether a function of this process generates the masks in the graph.</param>
    public Dropout(GgmlContext inputs, float rate, bool isOwn)
    {
        _rate = rate;
        _inputs = inputs;
        _seed = inputs.New(TensorTypes.I32, 2);
        _masks = isOwn ? null : [];
    }

    /// <summary>Sets the numbers that determine the masks. To be called before each computation.</summary>
    public void Write(int first, int second)
    {
        _seed.Write<int>([first, second]);
        foreach (var (number, mask) in _masks ?? [])
        {
            var values = new float[mask.Elements];
            fixed (float* pointer = values)
            {
                Fill(pointer, values.Length, Start((uint)first, (uint)second, number), _rate);
            }

            mask.Write<float>(values);
        }
    }

    /// <summary>Sets a fraction of the numbers to zero, and scales up the others accordingly.</summary>
    /// <param name="context">Receives the mask.</param>
    /// <param name="number">Identifies the mask: the same number gives the same mask, also when a layer is recomputed.</param>
    public Tensor Apply(GgmlContext context, Tensor x, int number)
    {
        if (_rate <= 0)
        {
            return x;
        }

        if (_masks is not null)
        {
            if (!_masks.TryGetValue(number, out var written))
            {
                _masks[number] = written = _inputs.NewLike(x);
            }

            return context.Multiply(x, written);
        }

        var source = (nint)_seed.Pointer;
        // The callback's data fits into the pointer that ggml keeps for it: the mask's number, and the rate as a float.
        var told = ((nint)number << 32) | (nint)BitConverter.SingleToUInt32Bits(_rate);
        var mask = new Tensor(
            GgmlApi.ggml_custom_4d(context.Pointer, TensorTypes.F32, x[0], x[1], x[2], x[3], (GgmlTensor**)&source, 1, &Compute, AllThreads, (void*)told)
        );
        return context.Multiply(x, mask);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* target, int thread, int threads, void* data)
    {
        var seed = (uint*)((GgmlTensor*)target->src[0])->data;
        var start = Start(seed[0], seed[1], (int)((nint)data >> 32));
        var (first, end) = Kernels.CustomNode.Share(new Tensor(target).Elements, thread, threads);
        Fill((float*)target->data + first, end - first, start + (ulong)first, BitConverter.UInt32BitsToSingle((uint)(nint)data));
    }

    private static ulong Start(uint first, uint second, int number) => Mix((((ulong)first << 32) | second) ^ ((ulong)(uint)number << 32) ^ 0x9E3779B97F4A7C15);

    private static void Fill(float* values, long count, ulong start, float rate)
    {
        var limit = (uint)(rate * uint.MaxValue);
        var kept = 1 / (1 - rate);
        for (long index = 0; index < count; index++)
        {
            values[index] = (uint)Mix(start + (ulong)index) < limit ? 0 : kept;
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
