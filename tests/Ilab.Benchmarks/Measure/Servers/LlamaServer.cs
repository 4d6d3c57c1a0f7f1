using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>llama.cpp's own server with a model, asked by its own clock: what it says of prompt and decoding of each answer.</summary>
internal sealed class LlamaServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;

    private LlamaServer(Process process, HttpClient client) => (_process, Client) = (process, client);

    public HttpClient Client { get; }

    /// <param name="options">Context, sequences and whatever else is to be set.</param>
    public static async Task<LlamaServer> StartAsync(string program, string model, int threads, string[] options, CancellationToken cancellationToken)
    {
        var port = IlabHttpServer.FreePort();
        string[] arguments = ["-m", model, "--host", "127.0.0.1", "--port", $"{port}", "-t", $"{threads}", .. options];
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new LlamaServer(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Patience });
        var start = Stopwatch.GetTimestamp();
        while (!await server.IsReadyAsync(cancellationToken))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new InvalidOperationException($"{program} does not serve {model}");
            }

            await Task.Delay(100, cancellationToken);
        }

        return server;
    }

    /// <summary>Tokens per second of a prompt, and of what follows it.</summary>
    /// <param name="prompt">Tokens of the prompt, by number.</param>
    public async Task<(double Prompt, double Decode)> AskAsync(IReadOnlyList<int> prompt, int tokens, CancellationToken cancellationToken)
    {
        var request = new
        {
            prompt,
            n_predict = tokens,
            ignore_eos = true,
            cache_prompt = false,
            temperature = 0,
        };
        using var response = await Client.PostAsJsonAsync("/completion", request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"llama-server refused: {text}");
        }

        using var answer = JsonDocument.Parse(text);
        var timings = answer.RootElement.GetProperty("timings");
        return (timings.GetProperty("prompt_per_second").GetDouble(), timings.GetProperty("predicted_per_second").GetDouble());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Client.GetAsync("/health", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
