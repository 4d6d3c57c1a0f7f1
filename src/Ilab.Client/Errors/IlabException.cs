using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Client.Errors;

/// <summary>The one exception of this library: what happened in one line, and what to do next.</summary>
/// <param name="kind">From the closed list of the API.</param>
/// <param name="message">One line without a full stop, naming the thing.</param>
/// <param name="hint">One line: what to do next; may be empty.</param>
/// <param name="innerException">What the transport said, for those who debug.</param>
public sealed class IlabException(ErrorKind kind, string message, string hint = "", Exception? innerException = null)
    : Exception(message, innerException)
{
    private const string DetailTrailer = "ilab-error-bin";

    public ErrorKind Kind => kind;

    public string Hint => hint;

    /// <summary>
    /// True when the transport failed and nothing is known about the work itself: the service may be restarting, and asking
    /// again may succeed. An error that the service itself reported is never this.
    /// </summary>
    public bool IsConnectionLost { get; init; }

    /// <summary>What a program should exit with: docs/cli.md, exit codes.</summary>
    public int ExitCode => kind switch
    {
        ErrorKind.InvalidArgument => 2,
        ErrorKind.TimedOut => 124,
        ErrorKind.InvalidModel or ErrorKind.CannotLoad or ErrorKind.DoesNotFit or ErrorKind.Unsupported => 126,
        ErrorKind.NotFound => 127,
        ErrorKind.Cancelled => 130,
        _ => 125,
    };

    /// <summary>Decodes the detail that the service sends with a failed call; without one, the status has to do.</summary>
    public static IlabException From(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception.Trailers.GetValueBytes(DetailTrailer) is { } bytes)
        {
            ErrorDetail detail = ErrorDetail.Parser.ParseFrom(bytes);
            return new IlabException(detail.Kind, detail.Message, detail.Hint, exception);
        }

        ErrorKind kind = exception.StatusCode switch
        {
            StatusCode.InvalidArgument or StatusCode.OutOfRange => ErrorKind.InvalidArgument,
            StatusCode.NotFound => ErrorKind.NotFound,
            StatusCode.AlreadyExists => ErrorKind.AlreadyExists,
            StatusCode.PermissionDenied or StatusCode.Unauthenticated => ErrorKind.PermissionDenied,
            StatusCode.Unavailable or StatusCode.ResourceExhausted => ErrorKind.Busy,
            StatusCode.DeadlineExceeded => ErrorKind.TimedOut,
            StatusCode.Cancelled => ErrorKind.Cancelled,
            StatusCode.Unimplemented => ErrorKind.Unsupported,
            _ => ErrorKind.Internal,
        };
        string message = exception.StatusCode == StatusCode.Unavailable ? "The connection to the service was lost" : FirstLine(exception.Status.Detail);
        return new IlabException(kind, message, "", exception) { IsConnectionLost = exception.StatusCode == StatusCode.Unavailable };
    }

    private static string FirstLine(string text)
    {
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        string line = (end < 0 ? text : text[..end]).TrimEnd('.');
        return line.Length > 0 ? line : "The service failed without saying why";
    }
}
