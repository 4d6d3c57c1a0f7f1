using System.Security.Authentication;
using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Client.Errors;

/// <summary>A request that failed: a kind for programs, a message and a hint for people.</summary>
public sealed class IlabException : Exception
{
    /// <summary>Name of the trailer that carries an <see cref="ErrorDetail"/>.</summary>
    public const string TrailerName = "ilab-error-bin";

    /// <param name="kind">Decides the exit code.</param>
    /// <param name="message">What failed, and why.</param>
    /// <param name="hint">What to do; may be empty.</param>
    /// <param name="inner">The cause.</param>
    public IlabException(ErrorKind kind, string message, string hint = "", Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Hint = hint;
    }

    public ErrorKind Kind { get; }

    public string Hint { get; }

    /// <summary>Message and hint on one line, without <c>Error: </c>.</summary>
    public string Text => (Hint.Length > 0 ? $"{Message}; {Hint}" : Message).ReplaceLineEndings(" ");

    /// <summary>True when the service could not be reached, or the connection broke during a call.</summary>
    public bool IsConnectionLost { get; init; }

    /// <summary>The exit code for this kind.</summary>
    public int ExitCode =>
        Kind switch
        {
            ErrorKind.InvalidArgument or ErrorKind.ContextExceeded => 2,
            ErrorKind.TimedOut => 124,
            ErrorKind.InvalidModel or ErrorKind.CannotLoad or ErrorKind.DoesNotFit or ErrorKind.Unsupported => 126,
            ErrorKind.NotFound => 127,
            ErrorKind.Cancelled => 130,
            _ => 125,
        };

    /// <summary>Translates a failed call: the detail sent by the service if there is one, else the status.</summary>
    public static IlabException From(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception.Trailers.GetValueBytes(TrailerName) is { } bytes)
        {
            var detail = ErrorDetail.Parser.ParseFrom(bytes);
            return new IlabException(detail.Kind, detail.Message, detail.Hint, exception);
        }

        return FromTransport(exception) ?? FromStatus(exception);
    }

    /// <summary>A connection that failed for a known reason, instead of the layers around it.</summary>
    private static IlabException? FromTransport(RpcException exception)
    {
        for (Exception? cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is IlabException known)
            {
                return new IlabException(known.Kind, known.Message, known.Hint, exception) { IsConnectionLost = true };
            }

            if (cause is AuthenticationException)
            {
                return new IlabException(
                    ErrorKind.Unspecified,
                    $"no secure connection to the service: {cause.Message}",
                    "check --tls-ca, --tls-cert and the host name",
                    exception
                )
                {
                    IsConnectionLost = true,
                };
            }

            if (cause is HttpProtocolException { ErrorCode: 0 })
            {
                return ConnectionLost("the connection to ilabd was lost", exception); // a service that ends says goodbye; gRPC takes that for a defect
            }
        }

        return null;
    }

    private static IlabException FromStatus(RpcException exception) =>
        exception.StatusCode switch
        {
            StatusCode.Unavailable => ConnectionLost(DetailOr(exception, "the connection to ilabd was lost"), exception),
            StatusCode.Cancelled => new IlabException(ErrorKind.Cancelled, DetailOr(exception, "cancelled"), "", exception),
            StatusCode.DeadlineExceeded => new IlabException(ErrorKind.TimedOut, DetailOr(exception, "timed out"), "", exception),
            StatusCode.ResourceExhausted => new IlabException(
                ErrorKind.InvalidArgument,
                "the request is larger than the service accepts",
                "send less at once",
                exception
            ),
            StatusCode.Unimplemented => new IlabException(
                ErrorKind.Unsupported,
                "the service does not support this request",
                "it may be older than this client: see 'ilab version'",
                exception
            ),
            StatusCode.NotFound => new IlabException(ErrorKind.NotFound, DetailOr(exception, "not found"), "", exception),
            StatusCode.InvalidArgument => new IlabException(ErrorKind.InvalidArgument, DetailOr(exception, "invalid argument"), "", exception),
            StatusCode.Unauthenticated => new IlabException(ErrorKind.Unauthenticated, DetailOr(exception, "no valid token or certificate"), "", exception),
            _ => new IlabException(ErrorKind.Internal, DetailOr(exception, exception.StatusCode.ToString()), "", exception),
        };

    private static IlabException ConnectionLost(string message, RpcException exception) =>
        new(ErrorKind.Unspecified, message, "try again; 'ilab system info' shows whether the service runs", exception) { IsConnectionLost = true };

    private static string DetailOr(RpcException exception, string otherwise) => exception.Status.Detail is { Length: > 0 } detail ? detail : otherwise;
}
