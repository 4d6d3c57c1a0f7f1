using Ilab.Http.Calls;

namespace Ilab.Http.OpenAi;

/// <summary>The endpoints of OpenAI's API.</summary>
internal static class OpenAiRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("GET", "/v1/models", ModelsEndpoint.ListAsync),
        new("GET", "/v1/models/*", ModelsEndpoint.GetAsync),
        new("POST", "/v1/chat/completions", AnswerEndpoint.ChatAsync),
        new("POST", "/v1/completions", AnswerEndpoint.CompleteAsync),
        new("POST", "/v1/embeddings", EmbeddingEndpoint.HandleAsync),
    ];
}
