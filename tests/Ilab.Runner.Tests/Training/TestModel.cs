using Ilab.Native.Llama;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Tests.Conversion;
using Ilab.Runner.Training;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training;

/// <summary>A random model in a file of its own, and what llama.cpp says about it.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab training ");

    public TestModel(TransformerShape shape, string? template = null)
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        RandomTransformer.Write(Path, shape, template: template);
    }

    public string Path => At("model.gguf");

    /// <summary>What a runner is given to train a model.</summary>
    public static RunnerSpec RunnerOf(string file, int threads = 2, string accelerator = AcceleratorSpec.Off) =>
        new()
        {
            Id = "test",
            Threads = threads,
            NativeDirectory = TestPaths.NativeLibraries,
            Model = new SpecModel { Files = [file] },
            Accelerator = new AcceleratorSpec { Mode = accelerator },
        };

    public string At(string file) => System.IO.Path.Combine(_folder.FullName, file);

    public TrainingModel ForAdapters(int rank = 4, bool filled = true, bool dequantized = false, float dropout = 0, string? device = null)
    {
        var model = TrainingModel.WithAdapters(
            device is null ? GgmlBackend.Open(2) : GgmlBackend.OpenDevice(device, 2),
            [Path],
            new LoraOptions(rank, rank * 2, [], dropout),
            asFloat: dequantized
        );
        var random = new RandomSource(7);
        model.Adapters!.Initialize(random);
        foreach (var parameter in model.Parameters.All.Where(parameter => filled && parameter.Name.EndsWith("lora_b", StringComparison.Ordinal)))
        {
            parameter.Value.Write<float>(Enumerable.Range(0, (int)parameter.Value.Elements).Select(_ => random.NextNormal() * 0.09f).ToArray());
        }

        return model;
    }

    /// <summary>Quantizes the file with llama.cpp.</summary>
    /// <param name="fileType">llama.cpp's number.</param>
    public void Quantize(int fileType)
    {
        LlamaQuantizer.Run(new QuantizeJob(Path, At("quantized.gguf"), fileType, 2, null));
        File.Move(At("quantized.gguf"), Path, overwrite: true);
    }

    /// <summary>Random tokens of which every row counts.</summary>
    public static TrainingBatch Batch(int length, int sequences, int vocabulary, int seed = 3)
    {
        var random = new RandomSource((ulong)seed);
        var count = length * sequences;
        var tokens = Enumerable.Range(0, count).Select(_ => 3 + random.Next(Math.Min(vocabulary, 259) - 3)).ToArray();
        return new TrainingBatch
        {
            Shape = new BatchShape(length, sequences, count),
            Tokens = tokens,
            Segments = Enumerable.Range(0, count).Select(index => 1 + (index / length)).ToArray(),
            Rows = Enumerable.Range(0, count).ToArray(),
            Targets = Enumerable.Range(0, count).Select(index => tokens[(index + 1) % count]).ToArray(),
            Learned = count,
            Used = count,
        };
    }

    /// <summary>[sequences * length * vocabulary], each sequence decoded alone.</summary>
    public static float[] LlamaLogits(string path, TrainingBatch batch, string? adapter = null)
    {
        using var model = NativeLogits.Load(path);
        var (length, sequences) = (batch.Shape.Length, batch.Shape.Sequences);
        using var context = NativeLogits.Create(model, length + 8);
        using var lora = adapter is null ? null : LlamaAdapter.Load(model, adapter);
        context.Use(lora is null ? [] : [(lora, 1)]);
        using var tokens = new LlamaBatch(length);
        var logits = new List<float>();
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            tokens.Clear();
            context.Forget(0, 0);
            for (var index = 0; index < length; index++)
            {
                tokens.Add(batch.Tokens[(sequence * length) + index], index, 0, logits: true);
            }

            Assert.Equal(0, context.Decode(tokens));
            for (var index = 0; index < length; index++)
            {
                logits.AddRange(context.Logits(index));
            }
        }

        return [.. logits];
    }

    public static float LargestDifference(float[] a, float[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return a.Zip(b, static (x, y) => Math.Abs(x - y)).Max();
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
