using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;
using Ilab.Http.Generating;

namespace Ilab.Http.Anthropic;

/// <summary>Writes a message as events: its start, one block of text in pieces, its end.</summary>
internal static class MessageStream
{
    public static async Task RunAsync(HttpCall call, MessageRequest request)
    {
        await foreach (var (_, e) in Generator.RunAsync(call.Scope, [request.Generation]).ConfigureAwait(false))
        {
            switch (e)
            {
                case GenerationStarted started:
                    var message = MessagesEndpoint.Message(call, request, [], null, new Usage(started.PromptTokens, 0, 0, 0));
                    await SendAsync(call, "message_start", new MessageStart("message_start", message), AnthropicJson.Relaxed.MessageStart)
                        .ConfigureAwait(false);
                    var block = new BlockStart("content_block_start", 0, new TextBlock("text", ""));
                    await SendAsync(call, block.Type, block, AnthropicJson.Relaxed.BlockStart).ConfigureAwait(false);
                    await SendAsync(call, "ping", new PlainEvent("ping"), AnthropicJson.Relaxed.PlainEvent).ConfigureAwait(false);
                    break;
                case GenerationDelta { Text.Length: > 0 } piece:
                    var delta = new BlockDelta("content_block_delta", 0, new TextBlock("text_delta", piece.Text));
                    await SendAsync(call, delta.Type, delta, AnthropicJson.Relaxed.BlockDelta).ConfigureAwait(false);
                    break;
                case GenerationFinished finished:
                    await EndAsync(call, finished).ConfigureAwait(false);
                    break;
            }
        }
    }

    private static async Task EndAsync(HttpCall call, GenerationFinished finished)
    {
        await SendAsync(call, "content_block_stop", new BlockStop("content_block_stop", 0), AnthropicJson.Relaxed.BlockStop).ConfigureAwait(false);
        var end = new EndDelta(MessagesEndpoint.StopReason(finished), MessagesEndpoint.StopSequence(finished));
        var delta = new MessageDelta("message_delta", end, new OutputUsage(finished.CompletionTokens));
        await SendAsync(call, delta.Type, delta, AnthropicJson.Relaxed.MessageDelta).ConfigureAwait(false);
        await SendAsync(call, "message_stop", new PlainEvent("message_stop"), AnthropicJson.Relaxed.PlainEvent).ConfigureAwait(false);
    }

    private static Task SendAsync<T>(HttpCall call, string name, T data, JsonTypeInfo<T> type) =>
        EventStream.SendEventAsync(call, JsonSerializer.SerializeToUtf8Bytes(data, type), name);
}
