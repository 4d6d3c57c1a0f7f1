using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Training;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>A case in a folder of its own: checkpoint, GGUF, and what is made of it.</summary>
internal sealed class FamilyModelFile : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FamilyModelFile(string name)
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        Checkpoint = FamilyCases.Write(name, _folder.Path);
        Path = Checkpoint.Convert();
    }

    public FamilyCheckpoint Checkpoint { get; }

    public string Path { get; }

    public int Vocabulary => (int)Checkpoint.Model.Measures.Of("vocab");

    public string At(string name) => System.IO.Path.Combine(_folder.Path, name);

    /// <summary>With adapters on every matrix of the layers that the engine applies them to, or on some; both factors filled.</summary>
    public TrainingModel ForAdapters(int rank = 2, string? device = null, string? path = null, params string[] modules)
    {
        var model = TrainingModel.WithAdapters(
            device is null ? GgmlBackend.Open(2) : GgmlBackend.OpenDevice(device, 2),
            [path ?? Path],
            new LoraOptions(rank, rank * 2, modules)
        );
        var random = new RandomSource(7);
        model.Adapters!.Initialize(random);
        foreach (var parameter in model.Parameters.All.Where(static parameter => parameter.Name.EndsWith("lora_b", StringComparison.Ordinal)))
        {
            parameter.Value.Write<float>(Enumerable.Range(0, (int)parameter.Value.Elements).Select(_ => random.NextNormal() * 0.05f).ToArray());
        }

        return model;
    }

    /// <summary>One sequence whose rows from the second quarter on are learned.</summary>
    public TrainingBatch Batch(int length = 16, int seed = 3)
    {
        var batch = TestModel.Batch(length, 1, Vocabulary, seed);
        var rows = batch.Rows.Where(row => row >= length / 4 && row < length - 1).ToArray();
        return batch with
        {
            Shape = batch.Shape with { Rows = rows.Length },
            Rows = rows,
            Targets = [.. rows.Select(row => batch.Targets[row])],
            Learned = rows.Length,
        };
    }

    public static float[] Logits(TrainingModel model, TrainingBatch batch)
    {
        using var memory = new GgmlGraphMemory(model.Backend);
        using var graph = new TrainingGraph(model, batch.Shape, memory, forwardOnly: true);
        graph.Compute(batch, 1);
        return graph.Logits();
    }

    public static Dictionary<string, float[]> Gradients(TrainingModel model, TrainingBatch batch, bool recomputed = false) =>
        Learn(model, batch, recomputed).Gradients;

    public static (double Loss, Dictionary<string, float[]> Gradients) Learn(TrainingModel model, TrainingBatch batch, bool recomputed = false)
    {
        using var memory = new GgmlGraphMemory(model.Backend);
        using IBatchGraph graph = recomputed ? new CheckpointedGraph(model, batch.Shape, memory) : new TrainingGraph(model, batch.Shape, memory);
        model.Parameters.ClearGradients();
        var loss = graph.Compute(batch, 1);
        return (loss, model.Parameters.All.ToDictionary(static parameter => parameter.Name, static parameter => parameter.Gradient.ToArray()));
    }

    public void Dispose() => _folder.Dispose();
}
