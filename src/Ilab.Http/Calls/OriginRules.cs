using System.Net;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>
/// Keeps out web pages that are not meant to call: those of other origins (CORS), and those that reach this machine under a name of their own (DNS rebinding).
/// Requests without an <c>Origin</c> come from programs, for which neither matters.
/// </summary>
internal sealed class OriginRules(HttpApiOptions options)
{
    private const string Any = "*";
    private const string LocalHost = "localhost";
    private const string PreflightSeconds = "600";

    private static readonly string Machine = Dns.GetHostName();

    public static bool IsPreflight(HttpRequest request) => HttpMethods.IsOptions(request.Method) && request.Headers.AccessControlRequestMethod.Count > 0;

    /// <summary>Why a request must not pass, or null; sets the headers that let a page of an admitted origin read the answer.</summary>
    public Problem? Refusal(HttpContext context)
    {
        var local = context.Connection.LocalIpAddress;
        if ((local is null || IPAddress.IsLoopback(local)) && !IsAdmittedHost(context.Request.Host.Host))
        {
            return new Problem(403, $"requests to the host {context.Request.Host.Host} are not admitted: see the setting http-hosts");
        }

        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            return null;
        }

        if (!IsAdmittedOrigin(origin))
        {
            return new Problem(403, $"requests of the origin {origin} are not admitted: see the setting http-origins");
        }

        var headers = context.Response.Headers;
        (headers.AccessControlAllowOrigin, headers.Vary) = (origin, "Origin");
        headers.AccessControlExposeHeaders = "x-request-id, request-id, retry-after, x-ratelimit-limit-requests, x-ratelimit-remaining-requests";
        if (IsPreflight(context.Request))
        {
            headers.AccessControlAllowMethods = "GET, HEAD, POST, DELETE, OPTIONS";
            headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders; // named one by one: * does not cover Authorization
            headers.AccessControlMaxAge = PreflightSeconds;
            if (context.Request.Headers.ContainsKey("Access-Control-Request-Private-Network"))
            {
                headers["Access-Control-Allow-Private-Network"] = "true";
            }
        }

        return null;
    }

    public bool IsAdmittedOrigin(string origin) =>
        options.Origins.Any(admitted => admitted == Any || string.Equals(admitted.TrimEnd('/'), origin, StringComparison.OrdinalIgnoreCase))
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && IsLocalHost(uri.Host));

    /// <summary>An address cannot be rebound: only names can.</summary>
    public bool IsAdmittedHost(string host) =>
        host.Length == 0 // HTTP/1.0, which no page speaks
        || IPAddress.TryParse(host.Trim('[', ']'), out _)
        || IsLocalName(host)
        || host.Equals(Machine, StringComparison.OrdinalIgnoreCase)
        || options.Hosts.Any(admitted => admitted == Any || admitted.Equals(host, StringComparison.OrdinalIgnoreCase));

    private static bool IsLocalHost(string host) =>
        (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)) || IsLocalName(host);

    private static bool IsLocalName(string host) =>
        host.Equals(LocalHost, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + LocalHost, StringComparison.OrdinalIgnoreCase);
}
