using System.Diagnostics;
using System.Globalization;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Conversion;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Hosting;

/// <summary>
/// <c>ilab-runner bench</c>: loads a model like a runner and measures steps on demand. Each line of standard input is <c>prompt N</c> or <c>batch N [DEPTH]</c>
/// (sequences that have so many tokens already), each line of standard output tokens per second; <c>logits N</c> returns the logits after N fixed tokens, in
/// base64, <c>perplexity N FILE</c> the perplexity of a text in chunks of N tokens.
/// </summary>
internal sealed class BenchProgram : IDisposable
{
    private const int Sequences = 64;
    private const int CellsOfSequence = 40;
    private const int Steps = 32;
    private const int FewSteps = 4;
    private const int Settle = 2;
    private const int LongestPart = 512;
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(0.25);
    private readonly LoadedModel _loaded;
    private readonly LlamaBatch _batch = new(LongestPart);
    private readonly Random _random = new(1);

    private BenchProgram(LoadedModel loaded) => _loaded = loaded;

    public static async Task<int> MainAsync(string[] args)
    {
        if (Arguments.Value(args, "--model") is not { } model)
        {
            await Console.Error.WriteLineAsync(
                "usage: ilab-runner bench --model FILE [--accelerator auto|off|strict] [--budget BYTES] [--threads N] "
                    + "[--device cpu|cuda0] [--gpu-layers N] [--native DIR] [--onednn DIR] [--records DIR]"
            );
            return 2;
        }

        try
        {
            using var bench = new BenchProgram(new ModelLoader(Spec(args, model), new NativeLogLines(static _ => { })).Load(static _ => true));
            await Console.Out.WriteLineAsync($"ready {bench._loaded.Accelerator.Reason}");
            while (await Console.In.ReadLineAsync() is { } line)
            {
                await Console.Out.WriteLineAsync(bench.Answer(line.Split(' ', 3)));
            }

            return 0;
        }
        catch (RunnerException exception)
        {
            await Console.Error.WriteLineAsync($"{exception.Kind}: {exception.Message}");
            return 1;
        }
    }

    public void Dispose()
    {
        _batch.Dispose();
        _loaded.Dispose();
    }

    private static RunnerSpec Spec(string[] args, string model) =>
        new()
        {
            Id = "bench",
            Model = new SpecModel { Files = [model] },
            ContextLength = CellsOfSequence,
            Parallel = Sequences,
            Threads = int.Parse(Arguments.Value(args, "--threads") ?? "0", CultureInfo.InvariantCulture),
            Device = Arguments.Value(args, "--device") ?? GgmlDevice.Cpu,
            GpuLayers = Arguments.Value(args, "--device") is null or GgmlDevice.Cpu
                ? 0
                : int.Parse(Arguments.Value(args, "--gpu-layers") ?? "999", CultureInfo.InvariantCulture),
            NativeDirectory = Arguments.Value(args, "--native"),
            Accelerator = new AcceleratorSpec
            {
                Mode = Arguments.Value(args, "--accelerator") ?? "auto",
                Budget = long.Parse(Arguments.Value(args, "--budget") ?? $"{long.MaxValue}", CultureInfo.InvariantCulture),
                Directory = Arguments.Value(args, "--onednn"),
                Records = Arguments.Value(args, "--records"),
            },
        };

    private string Answer(string[] words)
    {
        var count = int.Parse(words[1], CultureInfo.InvariantCulture);
        Forget();
        return words[0] switch
        {
            "prompt" => Prompt(count).ToString("R", CultureInfo.InvariantCulture),
            "batch" => Batch(count, words.Length > 2 ? int.Parse(words[2], CultureInfo.InvariantCulture) : 0).ToString("R", CultureInfo.InvariantCulture),
            "logits" => Logits(count),
            "perplexity" => Perplexity
                .Measure(_loaded.Context, File.ReadAllText(words[2]), count, static (_, _) => { })
                .Value.ToString("R", CultureInfo.InvariantCulture),
            _ => "unknown",
        };
    }

    private double Prompt(int tokens) =>
        Rate(() =>
        {
            Fill(tokens, static _ => 0, static index => index, index => index == tokens - 1);
            var start = Stopwatch.GetTimestamp();
            Decode();
            _loaded.Context.Logits(tokens - 1);
            return (tokens, Stopwatch.GetElapsedTime(start));
        });

    private double Batch(int sequences, int depth) =>
        Rate(() =>
        {
            for (var sequence = 0; sequence < sequences; sequence++)
            {
                Deepen(sequence, depth);
            }

            for (var position = 0; position < Settle; position++)
            {
                Step(sequences, depth + position);
            }

            var (start, steps) = (Stopwatch.GetTimestamp(), 0);
            while (steps < FewSteps || (steps < Steps && Stopwatch.GetElapsedTime(start) < LongEnough))
            {
                Step(sequences, depth + Settle + steps++);
            }

            return (steps * sequences, Stopwatch.GetElapsedTime(start));
        });

    private void Deepen(int sequence, int depth)
    {
        for (var first = 0; first < depth; first += LongestPart)
        {
            var start = first;
            Fill(Math.Min(LongestPart, depth - first), _ => sequence, index => start + index, static _ => false);
            Decode();
        }
    }

    private void Step(int sequences, int position)
    {
        Fill(sequences, static index => index, _ => position, static _ => true);
        Decode();
        _loaded.Context.Logits(0);
    }

    /// <summary>Tokens per second, over enough passes to average out noise.</summary>
    private double Rate(Func<(int Tokens, TimeSpan Time)> pass)
    {
        var (tokens, time) = (0L, TimeSpan.Zero);
        while (time < LongEnough)
        {
            Forget();
            var (done, took) = pass();
            tokens += done;
            time += took;
        }

        return tokens / time.TotalSeconds;
    }

    private string Logits(int tokens)
    {
        var fixedTokens = new Random(7);
        _batch.Clear();
        for (var index = 0; index < tokens; index++)
        {
            _batch.Add(fixedTokens.Next(3, _loaded.Model.Vocabulary.Count), index, 0, index == tokens - 1);
        }

        Decode();
        return Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_loaded.Context.Logits(tokens - 1)));
    }

    private void Fill(int count, Func<int, int> sequence, Func<int, int> position, Func<int, bool> logits)
    {
        _batch.Clear();
        for (var index = 0; index < count; index++)
        {
            _batch.Add(_random.Next(3, _loaded.Model.Vocabulary.Count), position(index), sequence(index), logits(index));
        }
    }

    private void Decode()
    {
        var status = _loaded.Context.Decode(_batch);
        if (status != 0)
        {
            throw new RunnerException(RunnerErrors.Internal, $"llama.cpp could not decode (code {status})");
        }
    }

    private void Forget()
    {
        for (var sequence = 0; sequence < Sequences; sequence++)
        {
            _loaded.Context.Forget(sequence, 0);
        }
    }
}

/// <summary>Option parsing for the runner's auxiliary programs.</summary>
internal static class Arguments
{
    /// <returns>The value of an option; null if it is not given.</returns>
    public static string? Value(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
