namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>llama.cpp's server, one process for each model.</summary>
/// <param name="program">Path of <c>llama-server</c>.</param>
/// <param name="sequences">Requests at once.</param>
/// <param name="contextLength">Tokens per sequence.</param>
/// <param name="options">Further options.</param>
internal sealed class LlamaServers(string program, int sequences, int contextLength, string[] options) : IServer
{
    private readonly Dictionary<string, LlamaServer> _servers = [];

    public string Name => "llama-server";

    public async Task PrepareAsync(string model, string file, CancellationToken cancellationToken) =>
        _servers[model] = await LlamaServer.StartAsync(
            program,
            file,
            Environment.ProcessorCount,
            ["-c", $"{sequences * contextLength}", "-np", $"{sequences}", .. options],
            cancellationToken
        );

    public Task<Answer> AskAsync(string model, string prompt, int tokens, CancellationToken cancellationToken) =>
        CompletionStream.AskAsync(_servers[model].Client, model, prompt, tokens, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }
    }
}
