using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Store.Responses;
using Ilab.Http.Calls;

namespace Ilab.Http.Responses;

/// <summary><c>/v1/responses/{id}</c>: a stored response, and what it answered.</summary>
internal static class StoredEndpoint
{
    private const string Items = "/input_items";
    private const string Cancel = "/cancel";
    private const int MostOfAPage = 100,
        UsualOfAPage = 20;

    public static async Task GetAsync(HttpCall call)
    {
        var isItems = call.Rest.EndsWith(Items, StringComparison.Ordinal);
        var response = await FindAsync(call, isItems ? call.Rest[..^Items.Length] : call.Rest).ConfigureAwait(false);
        if (!isItems)
        {
            if (Paging.Text(call.Request, "stream") is "true")
            {
                throw ProblemException.Invalid("stream is not supported: the response is complete", "stream");
            }

            await Answers.WriteJsonAsync(call, Encoding.UTF8.GetBytes(response.Response)).ConfigureAwait(false);
            return;
        }

        JsonObject[] items = [.. JsonNode.Parse(response.Input)!.AsArray().Select(static item => item!.DeepClone().AsObject()).Reverse()];
        var page = Paging.Of(call.Request, items, static item => item["id"]!.ToString(), MostOfAPage, UsualOfAPage);
        var answer = new JsonObject
        {
            ["object"] = page.Object,
            ["data"] = new JsonArray([.. page.Data]),
            ["first_id"] = page.FirstId,
            ["last_id"] = page.LastId,
            ["has_more"] = page.HasMore,
        };
        await Answers.WriteJsonAsync(call, CreateEndpoint.Bytes(answer)).ConfigureAwait(false);
    }

    public static async Task DeleteAsync(HttpCall call)
    {
        call.Target = $"name={call.Rest}";
        if (!await call.Parts.Responses.RemoveAsync(call.Caller, call.Rest, call.Aborted).ConfigureAwait(false))
        {
            throw Unknown(call.Rest);
        }

        var answer = new JsonObject
        {
            ["id"] = call.Rest,
            ["object"] = "response",
            ["deleted"] = true,
        };
        await Answers.WriteJsonAsync(call, CreateEndpoint.Bytes(answer)).ConfigureAwait(false);
    }

    public static async Task CancelAsync(HttpCall call)
    {
        if (!call.Rest.EndsWith(Cancel, StringComparison.Ordinal))
        {
            throw new ProblemException(new Problem(404, $"there is no endpoint POST {call.Request.Path}"));
        }

        _ = await FindAsync(call, call.Rest[..^Cancel.Length]).ConfigureAwait(false);
        throw ProblemException.Invalid("only a response in the background can be cancelled, and there are none: close the connection of its request instead");
    }

    private static async Task<StoredResponse> FindAsync(HttpCall call, string id)
    {
        call.Target = $"name={id}";
        return await call.Parts.Responses.FindAsync(call.Caller, id, call.Aborted).ConfigureAwait(false) ?? throw Unknown(id);
    }

    private static ProblemException Unknown(string id) => new(new Problem(404, $"no such response: {id}", "id") { Code = "not_found" });
}
