using Ilab.Http.Calls;

namespace Ilab.Http.Responses;

/// <summary>The endpoints of OpenAI's Responses API.</summary>
internal static class ResponseRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("POST", "/v1/responses", CreateEndpoint.HandleAsync),
        new("GET", "/v1/responses/*", StoredEndpoint.GetAsync),
        new("DELETE", "/v1/responses/*", StoredEndpoint.DeleteAsync),
        new("POST", "/v1/responses/*", StoredEndpoint.CancelAsync),
    ];
}
