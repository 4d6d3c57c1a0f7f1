using System.Text.Json.Nodes;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;

namespace Ilab.Http.Responses;

/// <summary>Writes a response as events: its beginning, one message with one text in pieces, its end.</summary>
internal sealed class ResponseStream
{
    private readonly HttpCall _call;
    private readonly ResponseRequest _request;
    private readonly ResponseObject _response;
    private readonly LogprobTrack _track = new();
    private readonly CollectedText _collected = new();
    private int _sequence;

    private ResponseStream(HttpCall call, ResponseRequest request)
    {
        (_call, _request) = (call, request);
        _response = new ResponseObject(call.Scope, request);
    }

    public static Task RunAsync(HttpCall call, ResponseRequest request, GenerationRequest generation) => new ResponseStream(call, request).RunAsync(generation);

    private async Task RunAsync(GenerationRequest generation)
    {
        try
        {
            await foreach (var (_, e) in Generator.RunAsync(_call.Scope, [generation]).ConfigureAwait(false))
            {
                _collected.Add(e);
                switch (e)
                {
                    case GenerationStarted:
                        await BeginAsync().ConfigureAwait(false);
                        break;
                    case GenerationDelta delta when _track.Take(delta) is var taken && (delta.Text.Length > 0 || taken.Count > 0):
                        await PieceAsync(delta.Text, taken).ConfigureAwait(false);
                        break;
                    case GenerationFinished finished:
                        await EndAsync(finished).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (EngineException exception) when (_sequence > 0 && !_call.Aborted.IsCancellationRequested)
        {
            await SendAsync("response.failed", Of("response", _response.Broken(ErrorMapping.Of(exception)))).ConfigureAwait(false);
        }
    }

    private async Task BeginAsync()
    {
        await SendAsync("response.created", Of("response", _response.Begun())).ConfigureAwait(false);
        await SendAsync("response.in_progress", Of("response", _response.Begun())).ConfigureAwait(false);
        await SendAsync("response.output_item.added", InOutput(Of("item", _response.Item(ResponseObject.InProgress, null)))).ConfigureAwait(false);
        await SendAsync("response.content_part.added", InPart(Of("part", _response.Part("", [])))).ConfigureAwait(false);
    }

    private Task PieceAsync(string text, IReadOnlyList<TokenLogprob> tokens)
    {
        var piece = InPart(Of("delta", text));
        piece["logprobs"] = _response.Logprobs(tokens);
        return SendAsync("response.output_text.delta", piece);
    }

    private async Task EndAsync(GenerationFinished finished)
    {
        if (_track.Rest(finished) is { Count: > 0 } rest)
        {
            await PieceAsync("", rest).ConfigureAwait(false);
        }

        var (text, tokens, status) = (_collected.Text, _collected.Tokens, ResponseObject.StatusOf(finished));
        var done = InPart(Of("text", text));
        done["logprobs"] = _response.Logprobs(tokens);
        await SendAsync("response.output_text.done", done).ConfigureAwait(false);
        await SendAsync("response.content_part.done", InPart(Of("part", _response.Part(text, tokens)))).ConfigureAwait(false);
        await SendAsync("response.output_item.done", InOutput(Of("item", _response.Item(status, _response.Part(text, tokens))))).ConfigureAwait(false);
        var ended = _response.Ended(text, tokens, finished);
        await CreateEndpoint.StoreAsync(_call.Scope, _call.Parts.Responses, _request, _response.Id, ended).ConfigureAwait(false);
        await SendAsync($"response.{status}", Of("response", ended)).ConfigureAwait(false);
    }

    private static JsonObject Of(string name, JsonNode value) => new() { [name] = value };

    private static JsonObject InOutput(JsonObject data)
    {
        data["output_index"] = 0;
        return data;
    }

    private JsonObject InPart(JsonObject data)
    {
        (data["item_id"], data["content_index"]) = (_response.ItemId, 0);
        return InOutput(data);
    }

    private Task SendAsync(string type, JsonObject data)
    {
        data.Insert(0, "type", type);
        data["sequence_number"] = _sequence++;
        return EventStream.SendEventAsync(_call, CreateEndpoint.Bytes(data), type);
    }
}
