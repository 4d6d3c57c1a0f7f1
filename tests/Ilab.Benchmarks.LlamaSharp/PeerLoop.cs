using System.Diagnostics;
using System.Numerics.Tensors;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Ilab.Benchmarks.LlamaSharp;

/// <summary>Decode, take the likeliest token, decode, by LLamaSharp: the counterpart of the bare loop on our own binding.</summary>
internal sealed class PeerLoop : IDisposable
{
    private const int Cells = 512;
    private readonly LLamaWeights _model;
    private readonly LLamaContext _context;
    private readonly LLamaBatch _batch = new();

    public PeerLoop(string model, int threads)
    {
        NativeLibraryConfig.All.WithLogCallback(static (_, _) => { });
        var parameters = new ModelParams(model)
        {
            ContextSize = Cells,
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
        };
        _model = LLamaWeights.LoadFromFile(parameters);
        _context = _model.CreateContext(parameters);
    }

    /// <summary>Over the steps from the first to the last of so many new tokens.</summary>
    public double TokensPerSecond(string prompt, int tokens)
    {
        _context.NativeHandle.MemoryClear(true);
        var input = _context.Tokenize(prompt, true, false);
        _batch.Clear();
        for (var index = 0; index < input.Length; index++)
        {
            _batch.Add(input[index], index, LLamaSeqId.Zero, index == input.Length - 1);
        }

        var token = Step(input.Length - 1);
        var start = Stopwatch.GetTimestamp();
        for (var made = 1; made < tokens; made++)
        {
            _batch.Clear();
            _batch.Add(token, input.Length + made - 1, LLamaSeqId.Zero, true);
            token = Step(0);
        }

        return (tokens - 1) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    private LLamaToken Step(int index)
    {
        var result = _context.Decode(_batch);
        return result == DecodeResult.Ok
            ? TensorPrimitives.IndexOfMax<float>(_context.NativeHandle.GetLogitsIth(index))
            : throw new InvalidOperationException($"decode: {result}");
    }
}
