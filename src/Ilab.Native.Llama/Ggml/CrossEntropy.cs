using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>
/// Cross-entropy loss and its gradient in one pass, with token ids as targets: no dense labels, no second softmax, and rows without a loss stay exactly zero
/// (ggml's own operation divides by all rows and has a gradient where there is no label).
/// </summary>
public sealed unsafe class CrossEntropy : ITokenLoss
{
    private readonly GgmlTensor*[] _sources;
    private readonly Tensor _targets,
        _weights,
        _losses;

    /// <param name="context">Receives the gradient.</param>
    /// <param name="inputs">Holds the inputs (targets, weights) and the resulting losses.</param>
    /// <param name="vocabulary">Vocabulary size: logits per row.</param>
    /// <param name="rows">Number of rows of logits.</param>
    public CrossEntropy(GgmlContext context, GgmlContext inputs, long vocabulary, long rows)
    {
        const int AllThreads = -1;
        _targets = inputs.New(TensorTypes.I32, rows);
        _weights = inputs.New(TensorTypes.F32, rows);
        _losses = inputs.New(TensorTypes.F32, rows);
        Gradient = new Tensor(GgmlApi.ggml_custom_4d(context.Pointer, TensorTypes.F32, vocabulary, rows, 1, 1, null, 0, &Compute, AllThreads, null));
        _sources = [_targets.Pointer, _weights.Pointer, _losses.Pointer];
    }

    public Tensor Gradient { get; }

    /// <remarks>The gradient is the node itself; until now it had no source for ggml.</remarks>
    public Tensor Connect(Tensor logits)
    {
        if (!logits.HasShapeOf(Gradient) || !logits.IsFloat || !logits.IsContiguous)
        {
            throw new GgmlException($"{logits} are not the logits of {Gradient}");
        }

        Gradient.Pointer->src[0] = (nint)logits.Pointer;
        for (var index = 0; index < _sources.Length; index++)
        {
            Gradient.Pointer->src[index + 1] = (nint)_sources[index];
        }

        return Gradient;
    }

    public void Write(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights)
    {
        _targets.Write(targets);
        _weights.Write(weights);
    }

    public float[] Losses() => _losses.ToArray();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Compute(GgmlTensor* target, int thread, int threads, void* data)
    {
        var logits = (GgmlTensor*)target->src[0];
        var tokens = (int*)((GgmlTensor*)target->src[1])->data;
        var weights = (float*)((GgmlTensor*)target->src[2])->data;
        var losses = (float*)((GgmlTensor*)target->src[3])->data;
        var columns = (int)target->ne[0];
        for (long row = thread; row < target->ne[1]; row += threads)
        {
            var gradient = new Span<float>(target->data + (row * (long)target->nb[1]), columns);
            if (weights[row] == 0 || (uint)tokens[row] >= (uint)columns)
            {
                gradient.Clear();
                losses[row] = 0;
                continue;
            }

            losses[row] = Row(new ReadOnlySpan<float>(logits->data + (row * (long)logits->nb[1]), columns), gradient, tokens[row], weights[row]);
        }
    }

    /// <returns>-log p of the token.</returns>
    internal static float Row(ReadOnlySpan<float> logits, Span<float> gradient, int token, float weight)
    {
        var most = Max(logits);
        var total = 0.0;
        var sums = Vector512<float>.Zero;
        var index = 0;
        for (; index <= logits.Length - Vector512<float>.Count; index += Vector512<float>.Count)
        {
            var power = Vector512.Exp(Vector512.LoadUnsafe(in logits[index]) - Vector512.Create(most));
            power.StoreUnsafe(ref gradient[index]);
            sums += power;
        }

        for (; index < logits.Length; index++)
        {
            gradient[index] = MathF.Exp(logits[index] - most);
            total += gradient[index];
        }

        total += Vector512.Sum(sums);
        Scale(gradient, (float)(weight / total));
        gradient[token] -= weight;
        return (float)(Math.Log(total) + most - logits[token]);
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        var most = float.NegativeInfinity;
        var index = 0;
        if (values.Length >= Vector<float>.Count)
        {
            var largest = new Vector<float>(values);
            for (index = Vector<float>.Count; index <= values.Length - Vector<float>.Count; index += Vector<float>.Count)
            {
                largest = Vector.Max(largest, new Vector<float>(values[index..]));
            }

            for (var lane = 0; lane < Vector<float>.Count; lane++)
            {
                most = Math.Max(most, largest[lane]);
            }
        }

        for (; index < values.Length; index++)
        {
            most = Math.Max(most, values[index]);
        }

        return most;
    }

    private static void Scale(Span<float> values, float factor)
    {
        var index = 0;
        for (; index <= values.Length - Vector512<float>.Count; index += Vector512<float>.Count)
        {
            (Vector512.LoadUnsafe(in values[index]) * factor).StoreUnsafe(ref values[index]);
        }

        for (; index < values.Length; index++)
        {
            values[index] *= factor;
        }
    }
}
