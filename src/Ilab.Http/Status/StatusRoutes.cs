using Ilab.Engine.Errors;
using Ilab.Http.Calls;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Status;

/// <summary>Liveness and readiness, open to all, and metrics, for whoever supervises the service.</summary>
internal static class StatusRoutes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        new("GET", "/health", static call => Answers.WriteJsonAsync(call, """{"status":"ok"}"""u8.ToArray())),
        new("GET", "/ready", ReadyAsync),
        new("GET", "/metrics", MetricsAsync),
    ];

    /// <summary>In Prometheus' format; they name the models of all users.</summary>
    private static Task MetricsAsync(HttpCall call) =>
        call.Caller is { SeesModels: false, IsAdmin: false }
            ? throw new EngineException(ErrorKind.PermissionDenied, "metrics name the models of all users, which only admins see here")
            : call.Parts.Metrics.WriteAsync(call.Context);

    /// <summary>Answers 503 once the service is stopping: requests belong to another one.</summary>
    private static Task ReadyAsync(HttpCall call) =>
        call.Parts.Lifetime.ApplicationStopping.IsCancellationRequested
            ? Answers.WriteAsync(call.Context, StatusCodes.Status503ServiceUnavailable, Answers.Json, """{"status":"stopping"}"""u8.ToArray())
            : Answers.WriteJsonAsync(call, """{"status":"ready"}"""u8.ToArray());
}
