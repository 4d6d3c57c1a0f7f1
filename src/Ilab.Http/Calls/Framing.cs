using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>
/// Where a request ends: one that says it in two ways, or in an unusual one, may end elsewhere for a proxy in front of the service, which would take the rest
/// for a request of somebody else.
/// </summary>
internal static class Framing
{
    /// <summary>What the server makes of a length beside a transfer encoding.</summary>
    private const string OtherLength = "X-Content-Length";

    /// <summary>Why a request must not pass, or null; the connection ends then.</summary>
    public static Problem? Refusal(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.TransferEncoding.Count == 0)
        {
            return null;
        }

        var why =
            headers.ContainsKey(OtherLength) ? "a request has either Content-Length or Transfer-Encoding"
            : !string.Equals(headers.TransferEncoding, "chunked", StringComparison.OrdinalIgnoreCase) ? "the only Transfer-Encoding is chunked, once"
            : null;
        if (why is not null)
        {
            context.Response.Headers.Connection = "close";
        }

        return why is null ? null : new Problem(StatusCodes.Status400BadRequest, why);
    }
}
