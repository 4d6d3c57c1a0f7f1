using System.Diagnostics;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Benchmarks.Measure.Servers;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Tokens per second of one generation through client, service and runner, run in turn with the bare decode loop on the same
/// libraries, the same model and as many threads. Both count the steps between the first and the last token.
/// </summary>
/// <param name="peers"><c>llamasharp</c> = LLamaSharp with its own libraries, too, as a process of its own.</param>
internal sealed class DecodeSuite(string[] peers) : ISuite
{
    private const int Tokens = 320;
    private const int Rounds = 15;
    private const string Prompt = "Once upon a time";

    public string Name => "decode";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        var file = Path.Combine(installation.Root, "decodable.gguf");
        BenchmarkModels.WriteDecodable(file);
        await installation.RunAsync(["model", "import", file, "--name", "decodable"], cancellationToken);
        var libraries = Path.Combine(installation.Repository, "artifacts", "dist", "lib", "ilab", "native");
        using var bare = new BareLoop(libraries, file, keepThreads: false);
        using var best = new BareLoop(libraries, file, keepThreads: true);
        using var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket));
        await using var peer = peers.Contains("llamasharp") ? await StartPeerAsync(installation.Repository, file) : null;

        Sample alone = new(),
            pooled = new(),
            through = new(),
            other = new();
        for (var round = -1; round < Rounds; round++)
        {
            var (a, b, c) = (bare.TokensPerSecond(Prompt, Tokens), await ThroughServiceAsync(client, cancellationToken), best.TokensPerSecond(Prompt, Tokens));
            var d = peer is null ? 0 : await peer.AskAsync($"{Tokens} {Prompt}");
            if (round >= 0)
            {
                other.Add(d);
                alone.Add(a);
                through.Add(b);
                pooled.Add(c);
            }
        }

        report.Add("bare decode loop, 110M parameters, Q8_0", alone, "tokens/s");
        report.Add("the same on threads that stay, as the runner does it", pooled, "tokens/s");
        report.Add("client + service + runner, the same model", through, "tokens/s");
        if (peer is not null)
        {
            report.Add($"bare decode loop of {peer.Note}, the same model", other, "tokens/s");
            report.Add("our bare loop on threads that stay / that of LLamaSharp", Sample.MedianRatio(pooled, other), "x");
            report.Add("through the service / bare loop of LLamaSharp", Sample.MedianRatio(through, other), "x");
        }

        report.Add("through the service / bare loop on threads that stay", Sample.MedianRatio(through, pooled), "x");
        var ratio = Sample.MedianRatio(through, alone);
        report.Add("through the service / bare loop", ratio, "x", ">= 0.97 x", ratio >= 0.97);
    }

    private static Task<BenchRunner> StartPeerAsync(string repository, string model) =>
        BenchRunner.StartProgramAsync(
            LlamaSharpServer.Find(repository),
            [model, Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture)]
        );

    private static async Task<double> ThroughServiceAsync(IlabClient client, CancellationToken cancellationToken)
    {
        var request = new GenerateRequest
        {
            Model = new ModelSelector { Name = "decodable" },
            Prompt = Prompt,
            MaxTokens = Tokens,
            ContextLength = 512,
            Sampling = new Sampling { Temperature = 0 },
        };
        using var call = client.Inference.Generate(request, cancellationToken: cancellationToken);
        long first = 0,
            last = 0;
        uint tokens = 0,
            firstTokens = 0;
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (message.Delta is { } delta)
            {
                last = Stopwatch.GetTimestamp();
                tokens += delta.TokenCount;
                if (first == 0)
                {
                    (first, firstTokens) = (last, tokens);
                }
            }
        }

        return tokens == Tokens
            ? (tokens - firstTokens) / Stopwatch.GetElapsedTime(first, last).TotalSeconds
            : throw new InvalidOperationException($"{tokens} tokens came instead of {Tokens}");
    }
}
