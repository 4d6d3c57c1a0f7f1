using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>The inputs of a graph.</summary>
internal sealed class GraphInputs
{
    private readonly int _group;
    private readonly float[] _mask;

    public GraphInputs(GgmlContext context, BatchShape batch, int group)
    {
        (Length, Sequences, _group) = (batch.Length, batch.Sequences, group);
        Tokens = context.New(TensorTypes.I32, Length * Sequences);
        Positions = context.New(TensorTypes.I32, Length);
        Mask = context.New(TensorTypes.F32, Length, group * Length, 1, Sequences);
        Selected = context.New(TensorTypes.I32, batch.Rows);
        _mask = new float[Mask.Elements];
    }

    /// <summary>Bytes in addition to the tensors.</summary>
    public long Copies => (long)_mask.Length * sizeof(float);

    public int Length { get; }

    public int Sequences { get; }

    /// <summary>I32 [tokens * sequences].</summary>
    public Tensor Tokens { get; }

    /// <summary>I32 [tokens]: 0, 1, 2, ... Packed samples need no separate positions, since only distances matter.</summary>
    public Tensor Positions { get; }

    /// <summary>F32 [tokens, group * tokens, 1, sequences]: 0 where a token may attend, negative infinity elsewhere.</summary>
    public Tensor Mask { get; }

    /// <summary>I32 [rows]: the tokens whose logits are computed.</summary>
    public Tensor Selected { get; }

    public void Write(TrainingBatch batch)
    {
        Tokens.Write<int>(batch.Tokens);
        Positions.Write<int>(Enumerable.Range(0, Length).ToArray());
        Selected.Write<int>(batch.Rows);
        Array.Fill(_mask, float.NegativeInfinity);
        for (var sequence = 0; sequence < Sequences; sequence++)
        {
            var segments = batch.Segments.AsSpan(sequence * Length, Length);
            for (int token = 0, start = 0; token < Length; token++)
            {
                start = token > 0 && segments[token] == segments[token - 1] ? start : token;
                for (var copy = 0; copy < _group; copy++)
                {
                    var row = (((long)sequence * Length * _group) + (token * _group) + copy) * Length;
                    _mask.AsSpan((int)row + start, token - start + 1).Clear();
                }
            }
        }

        Mask.Write<float>(_mask);
    }
}
