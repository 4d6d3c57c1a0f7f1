using System.ClientModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing.Models;
using OllamaSharp;
using OllamaSharp.Models;
using OpenAI;
using OpenAI.Chat;

namespace Ilab.Http.Tests.Interop;

/// <summary>
/// Stock clients give up in the middle of their answers, whole and streamed ones, at every endpoint they have: all places of the model are free at once, and
/// nothing more is computed for them.
/// </summary>
[Collection(HttpService.Collection)]
public sealed class AbortTests(HttpService service)
{
    private const string Model = "slow";
    private const int MostTokens = 1900;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("openai", 6)]
    [InlineData("ollama", 4)]
    [InlineData("anthropic", 3)]
    [InlineData("langchain", 4)]
    [InlineData("aisdk", 4)]
    public async Task OfNpm(string client, int calls)
    {
        await ImportAsync();
        using var process = Process.Start(
            new ProcessStartInfo("node", ["aborts.mjs", service.Address.ToString().TrimEnd('/'), Model, client])
            {
                WorkingDirectory = Folder(),
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        Assert.Equal($"{calls}", await process.StandardOutput.ReadLineAsync());
        await AbortAsync(
            calls,
            async () =>
            {
                await process.StandardInput.WriteLineAsync("abort");
                await process.StandardInput.FlushAsync();
                var ends = JsonNode.Parse((await process.StandardOutput.ReadLineAsync())!)!.AsArray().Select(static end => (string)end!).ToList();
                Assert.All(ends, static end => Assert.Contains("abort", end, StringComparison.OrdinalIgnoreCase));
            }
        );
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
    }

    [Fact]
    public async Task OfOpenAiForDotNet()
    {
        await ImportAsync();
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(service.Address, "/v1") });
        var (chat, options) = (client.GetChatClient(Model), new ChatCompletionOptions { MaxOutputTokenCount = MostTokens });
        ChatMessage[] messages = [new UserChatMessage("Count.")];
        using var stop = new CancellationTokenSource();
        Task[] calls = [chat.CompleteChatAsync(messages, options, stop.Token), DrainAsync(chat.CompleteChatStreamingAsync(messages, options, stop.Token))];
        await AbortAsync(calls.Length, stop.CancelAsync);
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
    }

    [Fact]
    public async Task OfOllamaForDotNet()
    {
        await ImportAsync();
        using var client = new OllamaApiClient(service.Address, Model);
        using var stop = new CancellationTokenSource();
        var calls = new List<Task>();
        foreach (var isStream in new[] { true, false })
        {
            var options = new RequestOptions { NumPredict = MostTokens };
            var generate = new GenerateRequest
            {
                Model = Model,
                Prompt = "Count.",
                Stream = isStream,
                Options = options,
            };
            var chat = new OllamaSharp.Models.Chat.ChatRequest
            {
                Model = Model,
                Messages = [new OllamaSharp.Models.Chat.Message(OllamaSharp.Models.Chat.ChatRole.User, "Count.")],
                Stream = isStream,
                Options = options,
            };
            calls.Add(DrainAsync(client.GenerateAsync(generate, stop.Token)));
            calls.Add(DrainAsync(client.ChatAsync(chat, stop.Token)));
        }

        await AbortAsync(calls.Count, stop.CancelAsync);
        await Task.WhenAll(calls).WaitAsync(Patience).ContinueWith(static _ => { }, TaskScheduler.Default); // streams of this client end without an exception
        Assert.All(calls, static call => Assert.True(call.IsCompleted));
    }

    /// <summary>Waits until all calls are being answered, and gives them up.</summary>
    private async Task AbortAsync(int calls, Func<Task> abort)
    {
        var begun = await UntilAsync(now => now.Running == calls);
        var answered = await UntilAsync(now => now.Running == calls && now.Generated > begun.Generated);
        await abort();
        var ended = await UntilAsync(static now => now.Running == 0);

        // What was computed until everybody had noticed, is far from what they had asked for.
        Assert.InRange(ended.Generated - answered.Generated, 0, MostTokens * calls / 2);

        // The next request finds the model free, and its token is the only one that has been computed since.
        var (_, answer) = await service.PostAsync("/v1/completions", $$"""{"model":"{{Model}}","prompt":"Count.","max_tokens":1}""");
        Assert.Equal(1, (int)answer["usage"]!["completion_tokens"]!);
        Assert.Equal(ended.Generated + 1, (await UntilAsync(now => now.Generated > ended.Generated)).Generated);
    }

    private async Task<(double Running, double Generated)> UntilAsync(Func<(double Running, double Generated), bool> expected)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var samples = PrometheusText.Parse(await service.Client.GetStringAsync("/metrics", deadline.Token));
            (double Running, double Generated) now = (Of("ilab_model_requests_running"), Of("ilab_model_tokens_total", "generated"));
            if (expected(now))
            {
                return now;
            }

            await Task.Delay(20, deadline.Token);

            double Of(string name, string? type = null) =>
                samples
                    .Where(sample => sample.Name == name && sample.Labels.GetValueOrDefault("model") == Model + ":latest")
                    .Where(sample => type is null || sample.Labels.GetValueOrDefault("type") == type)
                    .Sum(static sample => sample.Value);
        }
    }

    private async Task ImportAsync()
    {
        if ((await service.Ilab.RunAsync("model", "exists", Model)).ExitCode != 0)
        {
            var file = Path.Combine(service.Ilab.Root, Model + ".gguf");
            RandomLlama.Write(file, new LlamaShape(256, 768, 8, 8, 2048, ContextLength: 2048, Counts: true), Model);
            (await service.Ilab.RunAsync("model", "import", file, "--name", Model)).Expect(0);
        }
    }

    private static async Task DrainAsync<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (var _ in stream) { }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, "clients");
}
