using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Planning;

/// <summary>
/// What a training takes, by its graphs. The same for a plan, where nothing has memory, and for a training that is about to ask for its memory.
/// </summary>
internal static class TrainingMemory
{
    /// <summary>Bytes by which a runner grows once it computes: compiled code, heaps of threads, buffers of files.</summary>
    private const long Growth = 8L << 20;

    /// <param name="trainer">Builds the graph of the largest batch.</param>
    /// <param name="data">Null = there is none: the batch is made up.</param>
    public static TrainingNeed Of(TrainingModel model, Trainer trainer, DataReport? data)
    {
        var (shape, activations, inputs, update) = trainer.Prepare();
        var numbers = model.Parameters.Elements * sizeof(float);
        var adapters = model.Adapters is null ? 0 : numbers;
        var packed = model.Products?.PackedBytes ?? 0;
        // Of what a runner that is about to train has taken so far, this is no part of the process. A plan has taken none of it.
        var taken = model.Backend.IsSizing || !model.Backend.CallsFunctions ? 0 : model.Weights.Size + model.Parameters.Size + packed + inputs;
        return new TrainingNeed
        {
            Process = Math.Max(0, CurrentProcess.Resident() - taken) + Growth,
            Weights = model.Weights.Size,
            Packed = packed,
            Adapters = adapters,
            Gradients = numbers,
            Optimizer = Math.Max(0, model.Parameters.Size - adapters - numbers) + update,
            Activations = activations,
            Scratch = model.Products?.ScratchBytes ?? 0,
            Trained = model.Parameters.Elements,
            Length = shape.Length,
            Sequences = shape.Sequences,
            Steps = data is null ? 0 : trainer.Steps,
            Tokens = data is null ? 0 : trainer.Tokens,
            Samples = data?.Samples ?? 0,
            Longest = data?.Longest ?? 0,
            Cut = data?.Cut.Count ?? 0,
        };
    }

    /// <summary>Records that fill a batch, for a plan without data: every token is learned.</summary>
    /// <param name="length">Tokens of each.</param>
    public static TrainingData FullBatch(int length, int sequences)
    {
        var sample = new Sample(1, new int[length], [.. Enumerable.Repeat(true, length)]);
        var tokens = (long)length * sequences;
        return new TrainingData(
            [.. Enumerable.Repeat(sample, sequences)],
            new DataReport("text", sequences, tokens, tokens, length, length, [], "", null, new Dictionary<string, int>())
        );
    }
}
