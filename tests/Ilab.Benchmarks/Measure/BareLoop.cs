using System.Diagnostics;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;

namespace Ilab.Benchmarks.Measure;

/// <summary>Decode, take the likeliest token, decode: what the libraries can do with nothing around them.</summary>
internal sealed class BareLoop : IDisposable
{
    private const int Cells = 512;
    private readonly LlamaModel _model;
    private readonly LlamaContext _context;
    private readonly SamplerChain _sampler;
    private readonly LlamaBatch _batch;

    /// <param name="keepThreads">Threads that stay between steps, as the runner has them; false = the library's default.</param>
    public BareLoop(string libraries, string model, bool keepThreads)
    {
        NativeLibraries.Load(libraries);
        NativeLog.SendTo(static (_, _) => { });
        _model = LlamaModel.Load([model], gpuLayers: 0, static _ => true);
        _context = LlamaContext.Create(
            _model,
            new ContextOptions
            {
                Cells = Cells,
                Sequences = 1,
                Threads = Environment.ProcessorCount,
                KeepThreads = keepThreads,
            }
        );
        _sampler = SamplerChain.Create(_model.Vocabulary, new SamplerOptions { Temperature = 0 });
        _batch = new LlamaBatch(Cells);
    }

    /// <summary>Over the steps from the first to the last of so many new tokens.</summary>
    public double TokensPerSecond(string prompt, int tokens)
    {
        _context.Forget(0, 0);
        _batch.Clear();
        var input = _model.Vocabulary.Tokenize(prompt, addSpecial: true, parseSpecial: false);
        for (var index = 0; index < input.Length; index++)
        {
            _batch.Add(input[index], index, 0, logits: index == input.Length - 1);
        }

        var token = Step(input.Length - 1);
        var start = Stopwatch.GetTimestamp();
        for (var made = 1; made < tokens; made++)
        {
            _batch.Clear();
            _batch.Add(token, input.Length + made - 1, 0, logits: true);
            token = Step(0);
        }

        return (tokens - 1) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _sampler.Dispose();
        _context.Dispose();
        _model.Dispose();
    }

    private int Step(int index)
    {
        var result = _context.Decode(_batch);
        return result == 0 ? _sampler.Sample(_context, index) : throw new InvalidOperationException($"decode: {result}");
    }
}
