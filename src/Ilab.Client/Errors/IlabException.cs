using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Client.Errors;

/// <summary>What the service, or the way to it, said no to: a kind for programs, a line and a hint for people.</summary>
public sealed class IlabException : Exception
{
    /// <summary>Name of the trailer that carries an <see cref="ErrorDetail"/>.</summary>
    public const string TrailerName = "ilab-error-bin";

    public IlabException(ErrorKind kind, string message, string hint = "", Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Hint = hint;
    }

    public ErrorKind Kind { get; }

    public string Hint { get; }

    /// <summary>True when the service could not be reached, or was lost on the way.</summary>
    public bool IsConnectionLost { get; init; }

    /// <summary>The exit code that a command ends with for this kind.</summary>
    public int ExitCode => Kind switch
    {
        ErrorKind.InvalidArgument => 2,
        ErrorKind.TimedOut => 124,
        ErrorKind.InvalidModel or ErrorKind.CannotLoad or ErrorKind.DoesNotFit or ErrorKind.Unsupported => 126,
        ErrorKind.NotFound => 127,
        ErrorKind.Cancelled => 130,
        _ => 125,
    };

    /// <summary>From a call's end: the detail that the service sent, else what the status says.</summary>
    public static IlabException From(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception.Trailers.GetValueBytes(TrailerName) is { } bytes)
        {
            var detail = ErrorDetail.Parser.ParseFrom(bytes);
            return new IlabException(detail.Kind, detail.Message, detail.Hint, exception);
        }

        for (Exception? cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is IlabException known)
            {
                return new IlabException(known.Kind, known.Message, known.Hint, exception) { IsConnectionLost = true };
            }
        }

        return exception.StatusCode switch
        {
            StatusCode.Unavailable => new IlabException(ErrorKind.Unspecified, Text(exception, "the connection to ilabd was lost"), "see 'ilab system info', or its log", exception) { IsConnectionLost = true },
            StatusCode.Cancelled => new IlabException(ErrorKind.Cancelled, Text(exception, "cancelled"), "", exception),
            StatusCode.DeadlineExceeded => new IlabException(ErrorKind.TimedOut, Text(exception, "timed out"), "", exception),
            StatusCode.Unimplemented => new IlabException(ErrorKind.Unsupported, "the service does not know this call", "it may be older than this client: see 'ilab version'", exception),
            StatusCode.NotFound => new IlabException(ErrorKind.NotFound, Text(exception, "not found"), "", exception),
            StatusCode.InvalidArgument => new IlabException(ErrorKind.InvalidArgument, Text(exception, "invalid argument"), "", exception),
            _ => new IlabException(ErrorKind.Internal, Text(exception, exception.StatusCode.ToString()), "", exception),
        };
    }

    private static string Text(RpcException exception, string otherwise) => exception.Status.Detail is { Length: > 0 } detail ? detail : otherwise;
}
