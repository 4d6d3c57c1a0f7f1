using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference;

/// <summary>A small random model behind the runner's own host, without a process around it.</summary>
public sealed class HostedModel : IDisposable
{
    public const int ContextLength = 256;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab runner ");
    private int _count;

    public HostedModel()
        : this(template: null, parallel: 8) { }

    internal HostedModel(string? template = null, int parallel = 8, int queue = 1000)
        : this(file => RandomLlama.Write(file, LlamaShape.Talkative, "tiny", template: template), parallel, queue) { }

    /// <param name="write">Writes the model's file.</param>
    internal HostedModel(Action<string> write, int parallel = 8, int queue = 1000)
        : this(write, spec => spec with { Parallel = parallel, Queue = queue }) { }

    /// <param name="write">Writes the model's file.</param>
    /// <param name="change">Changes what it is loaded with.</param>
    internal HostedModel(Action<string> write, Func<RunnerSpec, RunnerSpec> change)
    {
        var file = Path.Combine(_folder.FullName, "tiny.gguf");
        write(file);
        var spec = new RunnerSpec
        {
            Id = "test",
            Model = new SpecModel { Files = [file] },
            ContextLength = ContextLength,
            Parallel = 8,
            Queue = 1000,
            Threads = 1,
            NativeDirectory = TestPaths.NativeLibraries,

            // What it would measure at each load is not what these tests are about.
            Accelerator = new AcceleratorSpec { Mode = AcceleratorSpec.Off },
        };
        Spec = change(spec);
        Host = new InferenceHost(new ModelLoader(Spec, new NativeLogLines(static _ => { })).Load(static _ => true), Spec);
    }

    internal RunnerSpec Spec { get; }

    internal InferenceHost Host { get; }

    /// <summary>A greedy completion that nothing cached takes part in.</summary>
    internal Submit Request(string prompt = "once upon a time", uint tokens = 24) =>
        new()
        {
            GenerationId = $"g{Interlocked.Increment(ref _count)}",
            Prompt = prompt,
            MaxTokens = tokens,
            Fresh = true,
            OrphanGraceSeconds = 60,
            Sampling = new Sampling
            {
                Temperature = 0,
                TopP = 1,
                RepeatPenalty = 1,
                RepeatLastN = 64,
            },
        };

    internal async Task<Answer> AskAsync(Submit request)
    {
        await using var reader = new SessionReader(Host);
        reader.Submit(request);
        return await reader.ReadAsync(request.GenerationId);
    }

    public void Dispose()
    {
        Host.Dispose();
        _folder.Delete(recursive: true);
    }
}
