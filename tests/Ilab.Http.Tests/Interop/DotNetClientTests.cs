using System.ClientModel;
using Ilab.Http.Tests.Fixtures;
using OllamaSharp;
using OllamaSharp.Models;
using OpenAI;
using OpenAI.Chat;

namespace Ilab.Http.Tests.Interop;

/// <summary>The clients for .NET, unchanged: whole and streamed answers, errors in their own types, an abort.</summary>
[Collection(HttpService.Collection)]
public sealed class DotNetClientTests(HttpService service)
{
    [Fact]
    public async Task OpenAi()
    {
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(service.Address, "/v1") });
        var models = (await client.GetOpenAIModelClient().GetModelsAsync()).Value;
        Assert.Contains(models, static model => model.Id == HttpService.Model);

        var chat = client.GetChatClient(HttpService.Model);
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 8 };
        ChatMessage[] messages = [new UserChatMessage("Count.")];
        var whole = (await chat.CompleteChatAsync(messages, options)).Value;
        Assert.Equal((8, ChatFinishReason.Length), (whole.Usage.OutputTokenCount, whole.FinishReason));
        var (streamed, usage) = ("", 0);
        await foreach (var update in chat.CompleteChatStreamingAsync(messages, options))
        {
            streamed += string.Concat(update.ContentUpdate.Select(static part => part.Text));
            usage = update.Usage?.OutputTokenCount ?? usage;
        }

        Assert.Equal((whole.Content[0].Text, 8), (streamed, usage));
        var embedded = (await client.GetEmbeddingClient(HttpService.Model).GenerateEmbeddingsAsync(["a", "b"])).Value;
        Assert.All(embedded, static one => Assert.Equal(64, one.ToFloats().Length));

        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient("nope").CompleteChatAsync(messages, options))).Status);
        ChatMessage[] large = [new UserChatMessage(new string('x', 3000))];
        Assert.Equal(400, (await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync(large, options))).Status);

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var much = new ChatCompletionOptions { MaxOutputTokenCount = 400 };
            await foreach (var _ in chat.CompleteChatStreamingAsync(messages, much, stop.Token))
            {
                await stop.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Ollama()
    {
        using var client = new OllamaApiClient(service.Address, HttpService.Model);
        Assert.Contains(await client.ListLocalModelsAsync(), static model => model.Name == "tiny:latest");
        Assert.True(await client.IsRunningAsync());

        var request = new GenerateRequest
        {
            Prompt = "Count.",
            Stream = true,
            Options = new RequestOptions { Temperature = 0, NumPredict = 8 },
        };
        var (streamed, count) = ("", 0);
        await foreach (var part in client.GenerateAsync(request))
        {
            streamed += part?.Response;
            count = part is GenerateDoneResponseStream done ? done.EvalCount : count;
        }

        request.Stream = false;
        var whole = "";
        await foreach (var part in client.GenerateAsync(request))
        {
            whole += part?.Response;
        }

        Assert.Equal((whole, 8), (streamed, count));
        var said = "";
        var chat = new Chat(client)
        {
            Options = new RequestOptions { Temperature = 0, NumPredict = 8 },
        };
        await foreach (var part in chat.SendAsync("Count."))
        {
            said += part;
        }

        Assert.Equal(whole, said);
        Assert.Equal(64, (await client.EmbedAsync(new EmbedRequest { Model = HttpService.Model, Input = ["a"] })).Embeddings[0].Length);
        Assert.Equal("llama", (await client.ShowModelAsync(HttpService.Model)).Details.Family);

        request.Model = "nope";
        var unknown = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var _ in client.GenerateAsync(request)) { }
        });
        Assert.Matches("404|not found", unknown.Message);

        // This client ends the answer where it was stopped, without an exception.
        using var stop = new CancellationTokenSource();
        var much = new GenerateRequest
        {
            Model = HttpService.Model,
            Prompt = "Count.",
            Options = new RequestOptions { NumPredict = 400 },
        };
        var parts = 0;
        await foreach (var _ in client.GenerateAsync(much, stop.Token))
        {
            parts++;
            await stop.CancelAsync();
        }

        Assert.Equal(1, parts);
    }
}
