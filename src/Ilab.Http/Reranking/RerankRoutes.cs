using Ilab.Http.Calls;

namespace Ilab.Http.Reranking;

/// <summary>The paths by which clients of Jina, Cohere (both versions), llama-server and vLLM ask for a ranking.</summary>
internal static class RerankRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("POST", "/v1/rerank", RerankEndpoint.HandleAsync),
        new("POST", "/v2/rerank", RerankEndpoint.HandleAsync),
        new("POST", "/rerank", RerankEndpoint.HandleAsync),
        new("POST", "/v1/reranking", RerankEndpoint.HandleAsync),
        new("POST", "/reranking", RerankEndpoint.HandleAsync),
    ];
}
