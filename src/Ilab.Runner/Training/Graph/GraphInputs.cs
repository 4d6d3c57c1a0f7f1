using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training.Data;

namespace Ilab.Runner.Training.Graph;

/// <summary>The inputs of a graph.</summary>
internal sealed class GraphInputs
{
    private readonly Dictionary<(int Window, int Group), (Tensor Mask, float[] Values)> _masks = [];
    private readonly Temperature? _temperature;

    public GraphInputs(GgmlContext context, BatchShape batch, Decoder decoder)
    {
        (Length, Sequences) = (batch.Length, batch.Sequences);
        Tokens = context.New(TensorTypes.I32, Length * Sequences);
        Positions = context.New(TensorTypes.I32, Length);
        Selected = context.New(TensorTypes.I32, batch.Rows);
        foreach (var key in decoder.Layers.Select(KeyOf).Distinct())
        {
            var mask = context.New(TensorTypes.F32, Length, key.Group * Length, 1, Sequences);
            _masks[key] = (mask, new float[mask.Elements]);
        }

        Places = decoder.Places is null ? null : context.New(TensorTypes.I32, Length * Sequences);
        _temperature = decoder.Temperature;
        Temperatures = _temperature is null ? null : context.New(TensorTypes.F32, 1, 1, Length, Sequences);
    }

    /// <summary>Bytes in addition to the tensors.</summary>
    public long Copies => _masks.Values.Sum(static mask => (long)mask.Values.Length) * sizeof(float);

    public int Length { get; }

    public int Sequences { get; }

    /// <summary>I32 [tokens * sequences].</summary>
    public Tensor Tokens { get; }

    /// <summary>I32 [tokens]: 0, 1, 2, ... Packed samples need no separate positions where only distances matter.</summary>
    public Tensor Positions { get; }

    /// <summary>I32 [tokens * sequences]: places within the samples, for models that have embeddings of them.</summary>
    public Tensor? Places { get; }

    /// <summary>F32 [1, 1, tokens, sequences]: factors of queries, for models whose queries grow with their place.</summary>
    public Tensor? Temperatures { get; }

    /// <summary>I32 [rows]: the tokens whose logits are computed.</summary>
    public Tensor Selected { get; }

    /// <summary>F32 [tokens, group * tokens, 1, sequences]: 0 where a token may attend, negative infinity elsewhere.</summary>
    public Tensor MaskOf(DecoderLayer layer) => _masks[KeyOf(layer)].Mask;

    public void Write(TrainingBatch batch)
    {
        Tokens.Write<int>(batch.Tokens);
        Positions.Write<int>(Enumerable.Range(0, Length).ToArray());
        Selected.Write<int>(batch.Rows);
        var starts = StartsOf(batch);
        foreach (var ((window, group), (mask, values)) in _masks)
        {
            Fill(values, starts, window, group);
            mask.Write<float>(values);
        }

        Places?.Write<int>(starts.Select((start, index) => (index % Length) - start).ToArray());
        Temperatures?.Write<float>(starts.Select((start, index) => TemperatureAt((index % Length) - start)).ToArray());
    }

    /// <summary>Where each token's sample begins in its sequence.</summary>
    private int[] StartsOf(TrainingBatch batch)
    {
        var starts = new int[Length * Sequences];
        for (var index = 0; index < starts.Length; index++)
        {
            var token = index % Length;
            starts[index] = token > 0 && batch.Segments[index] == batch.Segments[index - 1] ? starts[index - 1] : token;
        }

        return starts;
    }

    private void Fill(float[] values, int[] starts, int window, int group)
    {
        Array.Fill(values, float.NegativeInfinity);
        for (var index = 0; index < starts.Length; index++)
        {
            var token = index % Length;
            var first = window > 0 ? Math.Max(starts[index], token - window + 1) : starts[index];
            for (var copy = 0; copy < group; copy++)
            {
                var row = (((long)(index / Length) * Length * group) + (token * group) + copy) * Length;
                values.AsSpan((int)row + first, token - first + 1).Clear();
            }
        }
    }

    private float TemperatureAt(int place) => _temperature is { } own ? 1 + (own.Scale * MathF.Log(1 + (place / own.Floor))) : 1;

    // A window that no sequence is longer than is none.
    private (int Window, int Group) KeyOf(DecoderLayer layer) => (layer.Window < Length ? layer.Window : 0, layer.Group);
}
