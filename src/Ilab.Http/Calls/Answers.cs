using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>Writes answers that come in one piece.</summary>
internal static class Answers
{
    public const string Json = "application/json; charset=utf-8";

    public static Task WriteJsonAsync(HttpCall call, ReadOnlyMemory<byte> json) => WriteAsync(call.Context, StatusCodes.Status200OK, Json, json);

    /// <summary>Writes status, headers and body; a HEAD request gets no body.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
