using Ilab.Benchmarks.Measure;
using Ilab.Benchmarks.Measure.Servers;

namespace Ilab.Benchmarks.Suites;

/// <summary>The servers that the <c>serving</c> suite asks, in this order.</summary>
/// <param name="LlamaServer">Path of <c>llama-server</c>; null = none.</param>
/// <param name="LlamaOptions">Its options beside model, threads, context and sequences.</param>
/// <param name="Trees">Installations (<c>bin/ilab</c>, <c>lib/ilab</c>); empty = the one that the checkout's build made.</param>
/// <param name="Http">Whether that one is asked over HTTP, too.</param>
/// <param name="Options">Further settings of the services.</param>
/// <param name="Peers"><c>llamasharp</c> = LLamaSharp's batched executor, too.</param>
internal sealed record ServingPeers(string? LlamaServer, string[] LlamaOptions, string[] Trees, bool Http, string[] Options, string[] Peers)
{
    private const int Sequences = 32;

    /// <param name="contextLength">Tokens per sequence.</param>
    public async Task<ServerSet> StartAsync(int contextLength, CancellationToken cancellationToken)
    {
        var servers = new ServerSet();
        if (LlamaServer is not null)
        {
            servers.Add(new LlamaServers(LlamaServer, Sequences, contextLength, LlamaOptions));
        }

        foreach (var tree in Trees.Length > 0 ? Trees : [null!])
        {
            await servers.AddAsync(tree, Options, contextLength, cancellationToken);
        }

        if (Http)
        {
            servers.Add(await IlabHttpServer.StartAsync(Options, cancellationToken));
        }

        if (Peers.Contains("llamasharp"))
        {
            servers.Add(new LlamaSharpServer(LlamaSharpServer.Find(Installation.FindRepository()), Sequences, contextLength));
        }

        return servers;
    }
}
