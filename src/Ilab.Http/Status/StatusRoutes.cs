using Ilab.Http.Calls;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Status;

/// <summary>Liveness and readiness, for whoever supervises the service; open to all.</summary>
internal static class StatusRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [new("GET", "/health", static call => Answers.WriteJsonAsync(call, """{"status":"ok"}"""u8.ToArray())), new("GET", "/ready", ReadyAsync)];

    /// <summary>Answers 503 once the service is stopping: requests belong to another one.</summary>
    private static Task ReadyAsync(HttpCall call) =>
        call.Parts.Lifetime.ApplicationStopping.IsCancellationRequested
            ? Answers.WriteAsync(call.Context, StatusCodes.Status503ServiceUnavailable, Answers.Json, """{"status":"stopping"}"""u8.ToArray())
            : Answers.WriteJsonAsync(call, """{"status":"ready"}"""u8.ToArray());
}
