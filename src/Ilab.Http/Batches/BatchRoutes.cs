using Ilab.Http.Calls;

namespace Ilab.Http.Batches;

/// <summary>The endpoints of OpenAI's API for files and batches.</summary>
internal static class BatchRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("GET", "/v1/files", FilesEndpoint.ListAsync),
        new("POST", "/v1/files", FilesEndpoint.UploadAsync),
        new("GET", "/v1/files/*", FilesEndpoint.GetAsync),
        new("DELETE", "/v1/files/*", FilesEndpoint.DeleteAsync),
        new("GET", "/v1/batches", BatchesEndpoint.ListAsync),
        new("POST", "/v1/batches", BatchesEndpoint.CreateAsync),
        new("GET", "/v1/batches/*", BatchesEndpoint.GetAsync),
        new("POST", "/v1/batches/*", BatchesEndpoint.CancelAsync),
    ];
}
