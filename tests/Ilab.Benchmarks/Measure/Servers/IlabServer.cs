using System.Diagnostics;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client;

namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>An installation, asked over its socket.</summary>
/// <param name="contextLength">Tokens per sequence.</param>
internal sealed class IlabServer(string name, Installation installation, IlabClient client, int contextLength) : IServer
{
    public string Name => name;

    public async Task PrepareAsync(string model, string file, CancellationToken cancellationToken)
    {
        await installation.RunAsync(["model", "import", file, "--name", model], cancellationToken);
        await installation.RunAsync(["model", "load", model], cancellationToken);
    }

    public async Task<Answer> AskAsync(string model, string prompt, int tokens, CancellationToken cancellationToken)
    {
        var request = new GenerateRequest
        {
            Model = new ModelSelector { Name = model },
            Prompt = prompt,
            MaxTokens = (uint)tokens,
            ContextLength = (uint)contextLength,
            Sampling = new Sampling { Temperature = 0 },
        };
        var start = Stopwatch.GetTimestamp();
        using var call = client.Inference.Generate(request, cancellationToken: cancellationToken);
        var (first, count) = (0.0, 0U);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (message.Delta is { } delta)
            {
                first = first > 0 ? first : Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                count += delta.TokenCount;
            }
        }

        return new Answer(first, (int)count);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await installation.DisposeAsync();
    }
}
