using System.IO.MemoryMappedFiles;
using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Testing.Models;

namespace Ilab.Native.OneDnn.Tests.Fixtures;

/// <summary>A random model on disk, contexts of it, and its weights as the file has them.</summary>
internal sealed unsafe class TestModel : IWeightFiles, IDisposable
{
    private const int F32 = 0;
    private readonly string _folder = NewFolder();
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly GgufFile _header;
    private readonly byte* _start;

    public TestModel(GgmlType type, LlamaShape? shape = null)
        : this(path => RandomLlama.Write(path, shape ?? new LlamaShape(256, 512, 2, 4, 1024, 256), "test", type: type)) { }

    private TestModel(Action<string> write)
    {
        var path = Path.Combine(_folder, "model.gguf");
        write(path);
        _header = GgufFile.Read(path);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start;
        Model = LlamaModel.Load([path], 0, static _ => true);
    }

    public LlamaModel Model { get; }

    /// <summary>The same weights, every one as a float.</summary>
    public TestModel InFloats() => new(path => LlamaQuantizer.Run(new QuantizeJob(Path.Combine(_folder, "model.gguf"), path, F32, 2, null)));

    public LlamaContext NewContext() =>
        LlamaContext.Create(
            Model,
            new ContextOptions
            {
                Cells = 512,
                Sequences = 16,
                Threads = 2,
                FlashAttention = true,
            }
        );

    public (nint Data, int Type)? Find(string name) =>
        _header.Tensors.FirstOrDefault(tensor => tensor.Name == name) is { } tensor
            ? ((nint)(_start + _header.DataOffset + (long)tensor.Offset), (int)tensor.Type)
            : null;

    /// <summary>Logits after some fixed tokens, all in one step.</summary>
    public float[] Logits(LlamaContext context, int tokens)
    {
        var random = new Random(7);
        using var batch = new LlamaBatch(tokens);
        for (var index = 0; index < tokens; index++)
        {
            batch.Add(random.Next(300, Model.Vocabulary.Count), index, 0, index == tokens - 1);
        }

        context.Forget(0, 0);
        Assert.Equal(0, context.Decode(batch));
        return context.Logits(tokens - 1).ToArray();
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory("ilab-onednn-").FullName;

    public void Dispose()
    {
        Model.Dispose();
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Root mean square of the difference, relative to the first.</summary>
    public static double Difference(float[] one, float[] other)
    {
        double difference = 0,
            size = 0;
        for (var index = 0; index < one.Length; index++)
        {
            difference += Math.Pow((double)one[index] - other[index], 2);
            size += Math.Pow(one[index], 2);
        }

        return Math.Sqrt(difference / size);
    }
}
