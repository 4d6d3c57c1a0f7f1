using Ilab.Http.Calls;

namespace Ilab.Http.Anthropic;

/// <summary>The endpoints of Anthropic's API.</summary>
internal static class AnthropicRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [new("POST", "/v1/messages", MessagesEndpoint.HandleAsync), new("POST", "/v1/messages/count_tokens", MessagesEndpoint.CountAsync)];
}
