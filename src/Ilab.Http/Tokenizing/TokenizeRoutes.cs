using Ilab.Http.Calls;

namespace Ilab.Http.Tokenizing;

/// <summary>The endpoints for tokens that llama-server and vLLM have.</summary>
internal static class TokenizeRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [new("POST", "/tokenize", TokenizeEndpoint.HandleAsync), new("POST", "/detokenize", DetokenizeEndpoint.HandleAsync)];
}
