using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.Reranking;

/// <summary>Ranks documents by their relevance for a question, with a classifier. The fields of the answer are those of all the APIs together.</summary>
internal static class RerankEndpoint
{
    private const string What = "a list of strings, or of objects with text";

    public static async Task HandleAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var (name, query) = (body.RequiredText("model"), body.RequiredText("query"));
        var documents = Documents(body);
        var isReturned = body.Flag("return_documents") ?? false;
        var most = (int)(body.Integer("top_n", 1, int.MaxValue) ?? body.Integer("top_k", 1, int.MaxValue) ?? int.MaxValue);
        body.Refuse("max_chunks_per_doc", "documents are not divided", "1");
        body.Refuse("max_tokens_per_doc", "documents are not cut: one that is too long is refused");
        body.Refuse("rank_fields", "documents have a text only");
        call.Target = $"name={name}";
        var request = new EmbeddingRequest
        {
            Model = new ModelNames(call.Caller).Select(name),
            Inputs = [.. documents.Select(document => new EmbeddingInput(query, [], document))],
            Pooling = EmbeddingPooling.Rank,
            Truncates = body.Flag("truncate") ?? false,
            Load = new LoadSettings { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) },
        };
        var scored = documents.Count > 0 ? (await call.Parts.Inference.EmbedAsync(request, call.Aborted).ConfigureAwait(false)).Texts : [];
        var tokens = scored.Sum(static text => text.Tokens);
        call.Access.Use(tokens);
        var ranked = scored.Select(static (text, index) => (Index: index, Score: Score(text))).OrderByDescending(static one => one.Score).Take(most);
        var answer = new JsonObject
        {
            ["id"] = call.Id,
            ["object"] = "list",
            ["model"] = name,
            ["results"] = new JsonArray([
                .. ranked.Select(one =>
                {
                    var result = new JsonObject { ["index"] = one.Index, ["relevance_score"] = one.Score };
                    if (isReturned)
                    {
                        result["document"] = new JsonObject { ["text"] = documents[one.Index] };
                    }

                    return (JsonNode)result;
                }),
            ]),
            ["usage"] = new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens },
            ["meta"] = new JsonObject
            {
                ["billed_units"] = new JsonObject { ["search_units"] = 1 },
                ["tokens"] = new JsonObject { ["input_tokens"] = tokens },
            },
        };
        await Answers.WriteJsonAsync(call, Encoding.UTF8.GetBytes(answer.ToJsonString(JsonText.Relaxed))).ConfigureAwait(false);
    }

    private static float Score(EmbeddedText text) =>
        text.Values is [var score]
            ? score
            : throw new EngineException(ErrorKind.Unsupported, $"this model has {text.Values.Count} classes, and no single score to rank by");

    private static List<string> Documents(JsonFields body)
    {
        var items = body.List("documents") ?? throw body.Missing("documents", What);
        return items.Count > EmbeddingRequest.MostInputs
            ? throw body.Wrong("documents", $"a list of at most {EmbeddingRequest.MostInputs} documents")
            : [.. items.Select((item, index) => Document(body, item, index))];
    }

    private static string Document(JsonFields body, JsonElement item, int index) =>
        item.ValueKind switch
        {
            JsonValueKind.String => JsonFields.TextOf(item, $"documents[{index}]"),
            JsonValueKind.Object => JsonFields.AsObject(item, $"documents[{index}]").RequiredText("text"),
            _ => throw body.Wrong("documents", What),
        };
}
