using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>
/// A mixture of frozen experts and its gradient: each token goes to the experts that its router likes best. Tokens of an expert are computed together, so that
/// each row of its matrices is dequantized once. The choice is constant, the weights of the chosen are not. Targets may alias a source.
/// </summary>
internal static unsafe class ExpertKernels
{
    public static void Install(GgmlTensor* node, nint block, bool isGradient) => CustomNode.Install(node, isGradient ? &Backward : &Forward, block);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Forward(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        var work = new Work((ExpertFacts*)data, (float*)((GgmlTensor*)node->src[0])->data, first, (int)(end - first));
        var target = new Span<float>((float*)node->data + (first * node->ne[0]), work.Inputs.Length);
        target.Clear();
        for (var expert = 0; expert < work.Experts; expert++)
        {
            var chosen = work.Route.Of(expert);
            if (chosen.Count == 0)
            {
                continue;
            }

            work.Rise(expert, chosen);
            work.Fall(expert, chosen, target);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Backward(GgmlTensor* node, int thread, int threads, nint data)
    {
        var (first, end) = CustomNode.Share(node->Rows, thread, threads);
        var work = new Work((ExpertFacts*)data, (float*)((GgmlTensor*)node->src[1])->data, first, (int)(end - first));
        var gradient = new ReadOnlySpan<float>((float*)((GgmlTensor*)node->src[0])->data + (first * node->ne[0]), work.Inputs.Length).ToArray();
        var target = new Span<float>((float*)node->data + (first * node->ne[0]), work.Inputs.Length);
        target.Clear();
        for (var expert = 0; expert < work.Experts; expert++)
        {
            var chosen = work.Route.Of(expert);
            if (chosen.Count == 0)
            {
                continue;
            }

            work.Rise(expert, chosen);
            work.GoBack(expert, chosen, gradient, target);
        }

        work.Route.GoBack(target);
    }

    /// <summary>One thread's tokens.</summary>
    private sealed class Work
    {
        private readonly ExpertFacts* _facts;
        private readonly int _width,
            _length;
        private float[] _gates = [],
            _ups = [],
            _slopes = [];
        private readonly float[] _row,
            _other,
            _ofGate,
            _ofUp,
            _ofDown;

        public Work(ExpertFacts* facts, float* x, long first, int tokens)
        {
            _facts = facts;
            (_width, _length) = ((int)facts->Up->ne[0], (int)facts->Up->ne[1]);
            Inputs = new ReadOnlySpan<float>(x + (first * _width), tokens * _width).ToArray();
            Route = new ExpertRoute(facts, Inputs, tokens);
            (_row, _other) = (new float[Math.Max(_width, _length)], new float[_width]);
            (_ofGate, _ofUp, _ofDown) = (new float[_length], new float[_length], new float[_width]);
        }

        public int Experts => (int)_facts->Up->ne[2];

        public float[] Inputs { get; }

        public ExpertRoute Route { get; }

        /// <summary>What gate and up make of the expert's tokens, one after the other.</summary>
        public void Rise(int expert, List<(int Token, int Place)> chosen)
        {
            Grow(ref _gates, chosen.Count);
            Grow(ref _ups, chosen.Count);
            _facts->Added(_facts->GateBias, expert, _ofGate);
            _facts->Added(_facts->UpBias, expert, _ofUp);
            _facts->Added(_facts->DownBias, expert, _ofDown);
            fixed (
                float* row = _row,
                    other = _other,
                    x = Inputs
            )
            {
                for (var line = 0; line < _length; line++)
                {
                    _facts->Row(_facts->Gate, expert, line, row);
                    _facts->Row(_facts->Up, expert, line, other);
                    for (var index = 0; index < chosen.Count; index++)
                    {
                        var input = x + ((long)chosen[index].Token * _width);
                        var factor = _facts->WeighsInputs ? Route.WeightOf(chosen[index]) : 1;
                        _gates[(index * _length) + line] = (factor * (float)RowMath.Dot(row, input, _width)) + _ofGate[line];
                        _ups[(index * _length) + line] = (factor * (float)RowMath.Dot(other, input, _width)) + _ofUp[line];
                    }
                }
            }
        }

        public void Fall(int expert, List<(int Token, int Place)> chosen, Span<float> target)
        {
            Grow(ref _slopes, chosen.Count);
            for (var index = 0; index < chosen.Count * _length; index++)
            {
                _slopes[index] = _facts->IsBound ? GatedUnit.Bound(_gates[index], _ups[index]).Value : GatedUnit.Plain(_gates[index], _ups[index]);
            }

            fixed (
                float* row = _row,
                    hidden = _slopes
            )
            {
                for (var line = 0; line < _width; line++)
                {
                    _facts->Row(_facts->Down, expert, line, row);
                    for (var index = 0; index < chosen.Count; index++)
                    {
                        target[(chosen[index].Token * _width) + line] +=
                            (_facts->WeighsInputs ? 1 : Route.WeightOf(chosen[index]))
                            * ((float)RowMath.Dot(row, hidden + ((long)index * _length), _length) + _ofDown[line]);
                    }
                }
            }
        }

        public void GoBack(int expert, List<(int Token, int Place)> chosen, float[] gradient, Span<float> target)
        {
            Grow(ref _slopes, chosen.Count);
            Array.Clear(_slopes, 0, chosen.Count * _length);
            fixed (
                float* row = _row,
                    slopes = _slopes
            )
            {
                for (var line = 0; line < _width; line++)
                {
                    _facts->Row(_facts->Down, expert, line, row);
                    for (var index = 0; index < chosen.Count; index++)
                    {
                        Add(slopes + ((long)index * _length), row, gradient[(chosen[index].Token * _width) + line], _length);
                    }
                }
            }

            for (var index = 0; index < chosen.Count; index++)
            {
                BendBack(index, chosen[index], gradient.AsSpan(chosen[index].Token * _width, _width));
            }

            fixed (
                float* row = _row,
                    other = _other,
                    result = target
            )
            {
                for (var line = 0; line < _length; line++)
                {
                    _facts->Row(_facts->Gate, expert, line, row);
                    _facts->Row(_facts->Up, expert, line, other);
                    for (var index = 0; index < chosen.Count; index++)
                    {
                        var place = result + ((long)chosen[index].Token * _width);
                        Add(place, row, _gates[(index * _length) + line], _width);
                        Add(place, other, _ups[(index * _length) + line], _width);
                    }
                }
            }
        }

        // From the slope of what gate and up make together to those of both, which take their places; on the way, that of the expert's weight.
        private void BendBack(int index, (int Token, int Place) chosen, ReadOnlySpan<float> gradient)
        {
            var (weight, ofWeight) = (Route.WeightOf(chosen), 0.0);
            for (var line = 0; line < _width && !_facts->WeighsInputs; line++)
            {
                ofWeight += gradient[line] * _ofDown[line];
            }

            for (var at = index * _length; at < (index + 1) * _length; at++)
            {
                var (gate, up, slope) = (_gates[at], _ups[at], _slopes[at]);
                var (value, ofGate, ofUp) = _facts->IsBound ? GatedUnit.Bound(gate, up) : GatedUnit.PlainSlopes(gate, up);
                // Gates and ways up grow with the weight where it is what the expert sees that is weighed.
                ofWeight += slope * (_facts->WeighsInputs ? ((ofGate * gate) + (ofUp * up)) / weight : value);
                (_gates[at], _ups[at]) = (weight * slope * ofGate, weight * slope * ofUp);
            }

            Route.Slope(chosen) = (float)ofWeight;
        }

        private void Grow(ref float[] values, int tokens)
        {
            if (values.Length < tokens * _length)
            {
                values = new float[tokens * _length];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(float* target, float* source, float factor, int count)
    {
        var index = 0;
        for (; index + Lanes.Width <= count; index += Lanes.Width)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(source + index), Vector512.Create(factor), Vector512.Load(target + index)).Store(target + index);
        }

        for (; index < count; index++)
        {
            target[index] += factor * source[index];
        }
    }
}
