using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>How a call ended, from what HTTP says (gRPC over HTTP/2 specification, status mapping).</summary>
internal static class ResponseStatus
{
    /// <summary>Why a response is not the start of an answer, or null when it is.</summary>
    public static Status? Unusable(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Status(OfHttp(response.StatusCode), $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}");
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        return type is null || !type.StartsWith(HeaderNames.ContentType, StringComparison.OrdinalIgnoreCase)
            ? new Status(StatusCode.Cancelled, $"Bad gRPC response. Invalid content-type value: {type ?? "none"}")
            : null;
    }

    /// <summary>The status that the server sent, after the messages or in a response without any.</summary>
    public static Status FromTrailers(HttpResponseMessage response, Metadata trailers)
    {
        var source = response.TrailingHeaders.NonValidated.Contains(HeaderNames.Status) ? response.TrailingHeaders : response.Headers;
        foreach (var (name, values) in source.NonValidated)
        {
            foreach (var value in values)
            {
                MetadataText.Add(trailers, name, value);
            }
        }

        if (First(source, HeaderNames.Status) is not { } text)
        {
            return new Status(StatusCode.Cancelled, "No grpc-status found on response.");
        }

        var detail = PercentEncoding.Decode(First(source, HeaderNames.Message) ?? "");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? new Status(Enum.IsDefined((StatusCode)code) ? (StatusCode)code : StatusCode.Unknown, detail)
            : new Status(StatusCode.Unknown, $"Unexpected grpc-status value: {text}");
    }

    /// <summary>The status of a call that broke.</summary>
    public static Status Of(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpProtocolException protocol:
                    return new Status(OfReset(protocol.ErrorCode), $"Error starting or reading the call: HTTP/2 error code {protocol.ErrorCode}", exception);
                case SocketException or IOException:
                    return new Status(StatusCode.Unavailable, cause.Message, exception);
                case OperationCanceledException:
                    return new Status(StatusCode.Cancelled, "Call canceled.", exception);
            }
        }

        return exception is HttpRequestException
            ? new Status(StatusCode.Unavailable, exception.Message, exception)
            : new Status(StatusCode.Internal, $"Error in the call: {exception.GetType().Name}: {exception.Message}", exception);
    }

    private static StatusCode OfHttp(HttpStatusCode code) => code switch
    {
        HttpStatusCode.BadRequest or HttpStatusCode.RequestHeaderFieldsTooLarge => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    private static StatusCode OfReset(long code) => code switch
    {
        7 => StatusCode.Unavailable,         // REFUSED_STREAM
        8 => StatusCode.Cancelled,           // CANCEL
        11 => StatusCode.ResourceExhausted,  // ENHANCE_YOUR_CALM
        12 => StatusCode.PermissionDenied,   // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };

    private static string? First(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
