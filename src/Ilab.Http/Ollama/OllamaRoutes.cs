using Ilab.Http.Calls;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Ollama;

/// <summary>The endpoints of Ollama's API.</summary>
internal static class OllamaRoutes
{
    /// <summary>What clients look for to tell that a server is there.</summary>
    private static readonly byte[] Greeting = [.. "Ollama is running"u8];

    public static IReadOnlyList<Route> All { get; } =
    [
        new("GET", "/", static call => Answers.WriteAsync(call.Context, StatusCodes.Status200OK, "text/plain; charset=utf-8", Greeting)),
        new("GET", "/api/version", ListEndpoints.VersionAsync),
        new("GET", "/api/status", ListEndpoints.StatusAsync),
        new("GET", "/api/tags", ListEndpoints.TagsAsync),
        new("GET", "/api/ps", ListEndpoints.RunningAsync),
        new("POST", "/api/show", ShowEndpoint.HandleAsync),
        new("POST", "/api/generate", GenerateEndpoint.HandleAsync),
        new("POST", "/api/chat", ChatEndpoint.HandleAsync),
        new("POST", "/api/embed", EmbedEndpoints.ManyAsync),
        new("POST", "/api/embeddings", EmbedEndpoints.OneAsync),
        new("POST", "/api/copy", ManageEndpoints.CopyAsync),
        new("DELETE", "/api/delete", ManageEndpoints.DeleteAsync),
        new("POST", "/api/create", CreateEndpoint.HandleAsync),
        new("GET", "/api/blobs/*", BlobEndpoints.HasAsync),
        new("POST", "/api/blobs/*", BlobEndpoints.StoreAsync),
    ];
}
