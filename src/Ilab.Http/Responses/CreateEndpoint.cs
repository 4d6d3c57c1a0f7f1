using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.Responses;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.Responses;

/// <summary><c>POST /v1/responses</c>.</summary>
internal static class CreateEndpoint
{
    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var request = ResponseRequest.Read(body, new ModelNames(call.Caller));
        call.Target = $"name={request.Model}";
        if (request.Stream)
        {
            await ResponseStream
                .RunAsync(call, request, await PrepareAsync(call.Scope, call.Parts.Responses, request).ConfigureAwait(false))
                .ConfigureAwait(false);
        }
        else
        {
            await Answers.WriteJsonAsync(call, await WholeAsync(call.Scope, call.Parts.Responses, request).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Answers in one piece.</summary>
    /// <returns>JSON.</returns>
    public static async Task<byte[]> WholeAsync(AnswerScope scope, ResponseStore store, ResponseRequest request)
    {
        var generation = await PrepareAsync(scope, store, request).ConfigureAwait(false);
        var collected = new CollectedText();
        await foreach (var (_, e) in Generator.RunAsync(scope, [generation]).ConfigureAwait(false))
        {
            collected.Add(e);
        }

        var response = new ResponseObject(scope, request);
        var ended = response.Ended(collected.Text, collected.Tokens, collected.Finished!);
        await StoreAsync(scope, store, request, response.Id, ended).ConfigureAwait(false);
        return Bytes(ended);
    }

    /// <summary>Stores a response that has ended, if the request says so.</summary>
    public static Task StoreAsync(AnswerScope scope, ResponseStore store, ResponseRequest request, string id, JsonObject response) =>
        request.Stores
            ? store.AddAsync(
                scope.Caller,
                new StoredResponse(id, request.Previous, request.Items.ToJsonString(JsonText.Relaxed), response.ToJsonString(JsonText.Relaxed)),
                scope.Aborted
            )
            : Task.CompletedTask;

    public static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString(JsonText.Relaxed));

    /// <summary>What was said before, the instructions of this request, and what is said now.</summary>
    private static async Task<GenerationRequest> PrepareAsync(AnswerScope scope, ResponseStore store, ResponseRequest request)
    {
        if (request.Stores)
        {
            var size = scope.Caller.MostDisk is null ? 0 : Encoding.UTF8.GetByteCount(request.Items.ToJsonString(JsonText.Relaxed));
            await store.RequireRoomAsync(scope.Caller, size, scope.Aborted).ConfigureAwait(false);
        }

        var items = new List<JsonFields>();
        if (request.Previous is { } previous)
        {
            var earlier =
                await store.ConversationAsync(scope.Caller, previous, scope.Aborted).ConfigureAwait(false)
                ?? throw new ProblemException(
                    new Problem(400, $"there is no response {previous}, or one before it has been removed", "previous_response_id")
                    {
                        Code = "previous_response_not_found",
                    }
                );
            foreach (var one in earlier)
            {
                items.AddRange(ItemReader.Fields(JsonNode.Parse(one.Input)!.AsArray()));
                items.AddRange(ItemReader.Fields(JsonNode.Parse(one.Response)!["output"]!.AsArray()));
            }
        }

        items.AddRange(ItemReader.Fields(request.Items));
        IReadOnlyList<ChatMessage> instructions = request.Instructions.Length > 0 ? [new ChatMessage("system", request.Instructions)] : [];
        var messages = ItemReader.Messages(items);
        return messages.Count + instructions.Count == 0
            ? throw ProblemException.Invalid("input is empty: there is nothing to answer", "input")
            : request.Generation with
            {
                Conversation = request.Conversation with { Messages = [.. instructions, .. messages] },
            };
    }
}
