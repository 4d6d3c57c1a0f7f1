using System.Diagnostics;
using Ilab.Http.Access;
using Ilab.Http.Anthropic;
using Ilab.Http.Batches;
using Ilab.Http.Calls;
using Ilab.Http.Ollama;
using Ilab.Http.OpenAi;
using Ilab.Http.Reranking;
using Ilab.Http.Responses;
using Ilab.Http.Status;
using Ilab.Http.Tokenizing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Ilab.Http;

/// <summary>
/// The HTTP APIs: from a request to its answer. Every request passes the same checks, and errors have the shape of the API that the path belongs to.
/// </summary>
public sealed class HttpApi(EndpointParts parts, IHttpAccess access, ILogger<HttpApi> log)
{
    /// <summary>Most characters of what is said of a request.</summary>
    private const int LongestText = 1000;

    private static readonly Route[] Routes =
    [
        .. StatusRoutes.All,
        .. OpenAiRoutes.All,
        .. OllamaRoutes.All,
        .. AnthropicRoutes.All,
        .. BatchRoutes.All,
        .. TokenizeRoutes.All,
        .. RerankRoutes.All,
        .. ResponseRoutes.All,
    ];

    private readonly OriginRules _origins = new(parts.Options);

    /// <summary>All endpoints as <c>METHOD PATTERN</c>, for the service's table of permissions.</summary>
    public static IReadOnlyList<string> Operations { get; } = [.. Routes.Select(static route => route.Operation)];

    /// <summary>Answers a request; the last stop of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var id = Guid.NewGuid().ToString("N");
        (context.Response.Headers["x-request-id"], context.Response.Headers["request-id"]) = (id, id);
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = parts.Options.MaxBody;
        }

        var path = context.Request.Path.Value!.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase); // the only escape that the server leaves
        var errors = ErrorShapes.For(path);
        if ((Framing.Refusal(context) ?? _origins.Refusal(context)) is { } refusal)
        {
            await FailAsync(context, errors, refusal, id).ConfigureAwait(false);
            return;
        }

        if (OriginRules.IsPreflight(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var (route, rest, other) = Find(context.Request.Method, path);
        if (route is null)
        {
            await FailAsync(context, errors, other ?? new Problem(404, $"there is no endpoint {path}"), id).ConfigureAwait(false);
            return;
        }

        await HandleAsync(context, route, rest, errors, id).ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext context, Route route, string rest, ErrorShape errors, string id)
    {
        var started = Stopwatch.GetTimestamp();
        if (Activity.Current is { IsAllDataRequested: true } span)
        {
            span.DisplayName = route.Operation;
            span.SetTag("http.route", route.Path);
        }

        using var caller = access.Identify(context, route.Operation);
        var call = new HttpCall(context, caller, rest, parts) { Id = id };
        var outcome = "ok";
        try
        {
            await caller.AdmitAsync(call.Aborted).ConfigureAwait(false);
            await route.Handle(call).ConfigureAwait(false);
        }
        catch (Exception) when (call.Aborted.IsCancellationRequested)
        {
            outcome = "cancelled"; // whatever it ran into on the way: nobody is there to read it
        }
        catch (Exception exception)
        {
            var problem = ErrorMapping.Of(exception);
            outcome = problem.Kind?.ToString() ?? $"status {problem.Status}";
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                HttpLog.Defect(log, exception, route.Operation, id);
            }

            await FailAsync(context, errors, problem, id).ConfigureAwait(false);
        }
        finally
        {
            caller.Record(Cut(call.Target), outcome);
            HttpLog.Called(log, route.Operation, outcome, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static (Route? Route, string Remainder, Problem? Other) Find(string method, string path)
    {
        var allowed = new List<string>();
        foreach (var route in Routes)
        {
            if (route.Match(path) is not { } rest)
            {
                continue;
            }

            if (route.Method == method || (route.Method == HttpMethods.Get && HttpMethods.IsHead(method)))
            {
                return (route, rest, null);
            }

            allowed.Add(route.Method);
        }

        return allowed.Count == 0
            ? (null, "", null)
            : (null, "", new Problem(405, $"{path} does not take {method}, but {string.Join(", ", allowed)}") { Allow = string.Join(", ", allowed) });
    }

    private static string Cut(string text) =>
        text.Length <= LongestText ? text : $"{text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)]}...";

    private static async Task FailAsync(HttpContext context, ErrorShape errors, Problem problem, string id)
    {
        problem = problem with { Message = Cut(problem.Message), Field = problem.Field is { } field ? Cut(field) : null }; // a request may be repeated in them
        if (context.Response.HasStarted)
        {
            await context.Response.Body.WriteAsync(errors.InStream(problem, id), context.RequestAborted).ConfigureAwait(false);
            return;
        }

        if (problem.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (problem.Allow is { } methods)
        {
            context.Response.Headers.Allow = methods;
        }

        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await Answers.WriteAsync(context, problem.Status, Answers.Json, errors.Body(problem, id)).ConfigureAwait(false);
    }
}
