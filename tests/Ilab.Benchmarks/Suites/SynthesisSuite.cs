using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// How busy a generation of data keeps its teacher: tokens per second of `data generate`, from its first call to its end, beside as many plain requests at once
/// for the same runner, with the same prompts and lengths, in turn.
/// </summary>
internal sealed class SynthesisSuite : ISuite
{
    private const int Rounds = 3;
    private const int Seeds = 16;
    private const int Scale = 4;
    private const int Tokens = 48;
    private const int Concurrency = 12;

    public string Name => "synthesis";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        var file = Path.Combine(installation.Root, "decodable.gguf");
        BenchmarkModels.WriteDecodable(file);
        await installation.RunAsync(["model", "import", file, "--name", "teacher"], cancellationToken);
        var questions = WriteInputs(installation.Root);
        using var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket));
        Sample plain = new(),
            generated = new();
        for (var round = -1; round < Rounds; round++)
        {
            var a = await PlainAsync(client, round, cancellationToken);
            var b = await GeneratedAsync(installation, client, questions, round, cancellationToken);
            if (round >= 0)
            {
                plain.Add(a);
                generated.Add(b);
            }
        }

        var ratio = Sample.MedianRatio(generated, plain);
        report.Add($"{Concurrency} plain requests at once, 110M parameters, Q8_0", plain, "tokens/s");
        report.Add("data generate with the same teacher", generated, "tokens/s");
        report.Add("data generate / plain requests", ratio, "x", ">= 0.9 x", ratio >= 0.9);
    }

    private static string Prompt(int seed) =>
        string.Create(CultureInfo.InvariantCulture, $"Once upon a time there were {seed} birds in a tree, and one of them said to the others:");

    /// <summary>A pipeline that takes any answer, and questions for it.</summary>
    private static string WriteInputs(string root)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, "inputs")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "p.yaml"),
            $$"""
            version: "1.0"
            blocks:
              - {name: ask, type: LLMBlock, config: {config_path: prompt.yaml, output_cols: [question], model_prompt: "",
                  gen_kwargs: {max_tokens: {{Tokens}}, temperature: 1.0, keep_cut: true, n: scaled} } }
              - {name: answer, type: DuplicateColumnsBlock, config: {columns_map: {question: response} } }
            """
        );
        File.WriteAllText(Path.Combine(folder, "prompt.yaml"), "generation: '{{seed_question}}'\n");
        var examples = string.Concat(Enumerable.Range(0, Seeds).Select(static seed => $"  - question: '{Prompt(seed)}'\n    answer: a{seed}\n"));
        var file = Path.Combine(folder, "qna.yaml");
        File.WriteAllText(file, $"version: 3\ncreated_by: b\ntask_description: d\nseed_examples:\n{examples}");
        return file;
    }

    private static async Task<double> PlainAsync(IlabClient client, int round, CancellationToken cancellationToken)
    {
        var work = Channel.CreateUnbounded<int>();
        foreach (var index in Enumerable.Range(0, Seeds * Scale))
        {
            work.Writer.TryWrite(index);
        }

        work.Writer.Complete();
        long tokens = 0;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, Concurrency)
                .Select(async _ =>
                {
                    await foreach (var index in work.Reader.ReadAllAsync(cancellationToken))
                    {
                        var request = new GenerateRequest
                        {
                            Model = new ModelSelector { Name = "teacher" },
                            Prompt = Prompt(index / Scale),
                            MaxTokens = Tokens,
                            Sampling = new Sampling { Temperature = 1, Seed = (ulong)((round * 1000) + index) },
                        };
                        using var call = client.Inference.Generate(request, cancellationToken: cancellationToken);
                        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
                        {
                            Interlocked.Add(ref tokens, message.Finished?.CompletionTokens ?? 0);
                        }
                    }
                })
        );
        return tokens / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>By what the job itself says: from its first call to its end.</summary>
    private static async Task<double> GeneratedAsync(
        Installation installation,
        IlabClient client,
        string questions,
        int round,
        CancellationToken cancellationToken
    )
    {
        string[] command =
        [
            "data",
            "generate",
            "--skill",
            questions,
            "--teacher",
            "teacher",
            "--pipeline",
            Path.Combine(Path.GetDirectoryName(questions)!, "p.yaml"),
            "--scale-factor",
            Scale.ToString(CultureInfo.InvariantCulture),
            "--concurrency",
            Concurrency.ToString(CultureInfo.InvariantCulture),
            "--seed",
            (round + 2).ToString(CultureInfo.InvariantCulture),
            "--name",
            $"made{round + 2}",
            "--label",
            $"round={round + 2}",
        ];
        await installation.RunAsync(command, cancellationToken);
        var jobs = await client.Jobs.ListAsync(new ListJobsRequest { All = true }, cancellationToken: cancellationToken);
        using var call = client.Jobs.Watch(
            new WatchJobRequest { Id = jobs.Jobs.OrderByDescending(static job => job.Created.ToDateTimeOffset()).First().Id, FromSequence = 1 },
            cancellationToken: cancellationToken
        );
        await foreach (var entry in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (entry.Log?.Text is { } text && text.EndsWith(" tokens/s", StringComparison.Ordinal))
            {
                return double.Parse(text[(text.LastIndexOf(", ", StringComparison.Ordinal) + 2)..^" tokens/s".Length], CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("the job does not say how fast it was");
    }
}
