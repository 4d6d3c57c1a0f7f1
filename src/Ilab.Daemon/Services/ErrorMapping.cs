using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Engine.Errors;
using EngineErrorKind = Ilab.Engine.Errors.ErrorKind;
using WireErrorKind = Ilab.Api.V1.ErrorKind;

namespace Ilab.Daemon.Services;

/// <summary>The single place where engine errors are mapped to gRPC statuses.</summary>
internal static class ErrorMapping
{
    /// <summary>Binary trailer that contains an <see cref="ErrorDetail"/>.</summary>
    public const string TrailerName = "ilab-error-bin";

    public static RpcException ToRpc(EngineException exception) => ToRpc(exception.Kind, exception.Message, exception.Hint, exception.RetryAfter);

    public static RpcException ToRpc(EngineErrorKind kind, string message, string hint, TimeSpan? retryAfter = null) =>
        new(new Status(StatusOf(kind), message), new Metadata { { TrailerName, Detail(kind, message, hint, retryAfter).ToByteArray() } });

    public static ErrorDetail Detail(EngineErrorKind kind, string message, string hint, TimeSpan? retryAfter = null) =>
        new()
        {
            Kind = (WireErrorKind)(int)kind,
            Message = message.ReplaceLineEndings(" "),
            Hint = hint.ReplaceLineEndings(" "),
            RetryAfter = retryAfter is { } wait ? Duration.FromTimeSpan(wait) : null,
        };

    private static StatusCode StatusOf(EngineErrorKind kind) =>
        kind switch
        {
            EngineErrorKind.InvalidArgument or EngineErrorKind.InvalidModel => StatusCode.InvalidArgument,
            EngineErrorKind.ContextExceeded => StatusCode.OutOfRange,
            EngineErrorKind.NotFound => StatusCode.NotFound,
            EngineErrorKind.AlreadyExists => StatusCode.AlreadyExists,
            EngineErrorKind.PermissionDenied => StatusCode.PermissionDenied,
            EngineErrorKind.Unauthenticated => StatusCode.Unauthenticated,
            EngineErrorKind.Ambiguous or EngineErrorKind.InUse or EngineErrorKind.CannotLoad or EngineErrorKind.UploadRequired => StatusCode.FailedPrecondition,
            EngineErrorKind.DoesNotFit or EngineErrorKind.DiskFull or EngineErrorKind.QuotaExceeded or EngineErrorKind.QueueFull =>
                StatusCode.ResourceExhausted,
            EngineErrorKind.RunnerLost or EngineErrorKind.Busy or EngineErrorKind.Source => StatusCode.Unavailable,
            EngineErrorKind.Corrupt => StatusCode.DataLoss,
            EngineErrorKind.Cancelled => StatusCode.Cancelled,
            EngineErrorKind.TimedOut => StatusCode.DeadlineExceeded,
            EngineErrorKind.Unsupported => StatusCode.Unimplemented,
            _ => StatusCode.Internal,
        };
}
