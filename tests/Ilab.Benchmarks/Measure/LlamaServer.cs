using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Ilab.Benchmarks.Measure;

/// <summary>llama.cpp's own server with a model, asked by its own clock: what it says of prompt and decoding of each answer.</summary>
internal sealed class LlamaServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly HttpClient _client;

    private LlamaServer(Process process, HttpClient client) => (_process, _client) = (process, client);

    public static async Task<LlamaServer> StartAsync(string program, string model, int threads, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        string[] options = ["-m", model, "--host", "127.0.0.1", "--port", $"{port}", "-t", $"{threads}", "-c", "1024", "-np", "1"];
        var process = Process.Start(new ProcessStartInfo(program, options) { RedirectStandardOutput = true, RedirectStandardError = true })!;
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
        using var response = await _client.PostAsJsonAsync("/completion", request, cancellationToken);
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
        _client.Dispose();
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
            using var response = await _client.GetAsync("/health", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
