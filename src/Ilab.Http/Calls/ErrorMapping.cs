using Ilab.Engine.Errors;
using Ilab.Http.Access;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>The single place where errors get an HTTP status.</summary>
internal static class ErrorMapping
{
    private const int ClientClosedRequest = 499;

    public static Problem Of(Exception exception) =>
        exception switch
        {
            ProblemException known => known.Problem,
            EngineException engine => Of(engine),
            RateLimitedException limited => new Problem(429, exception.Message) { RetryAfter = (int)Math.Ceiling(Math.Max(1, limited.Wait.TotalSeconds)) },
            BadHttpRequestException { StatusCode: 413 } => new Problem(413, "the request body is too large"),
            BadHttpRequestException { StatusCode: 408 } => new Problem(408, "the request body arrived too slowly"),
            BadHttpRequestException bad => new Problem(bad.StatusCode, bad.Message),
            OperationCanceledException => new Problem(ClientClosedRequest, "the client closed the request", Kind: ErrorKind.Cancelled),
            _ => new Problem(500, $"internal error ({exception.GetType().Name}); see the log of ilabd", Kind: ErrorKind.Internal),
        };

    private static Problem Of(EngineException exception) =>
        new(StatusOf(exception.Kind), Text(exception), Kind: exception.Kind)
        {
            RetryAfter =
                exception.RetryAfter is { } wait ? (int)Math.Ceiling(Math.Max(1, wait.TotalSeconds))
                : exception.Kind is ErrorKind.Busy or ErrorKind.RunnerLost or ErrorKind.QuotaExceeded or ErrorKind.DoesNotFit ? 1
                : null,
        };

    // Hints name commands of the client, which helps whoever runs the service, but not the user of a program that calls it.
    private static string Text(EngineException exception) => exception.Message.ReplaceLineEndings(" ");

    private static int StatusOf(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.InvalidArgument or ErrorKind.InvalidModel or ErrorKind.CannotLoad or ErrorKind.ContextExceeded => 400,
            ErrorKind.Ambiguous or ErrorKind.UploadRequired or ErrorKind.Unsupported => 400,
            ErrorKind.NotFound => 404,
            ErrorKind.AlreadyExists or ErrorKind.InUse => 409,
            ErrorKind.Unauthenticated => 401,
            ErrorKind.PermissionDenied => 403,
            ErrorKind.QuotaExceeded => 429,
            ErrorKind.DiskFull => 507,
            ErrorKind.DoesNotFit or ErrorKind.Busy or ErrorKind.QueueFull or ErrorKind.RunnerLost or ErrorKind.Cancelled => 503,
            ErrorKind.Source => 502,
            ErrorKind.TimedOut => 504,
            _ => 500,
        };
}
