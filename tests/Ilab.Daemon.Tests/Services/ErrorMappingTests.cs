using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Services;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Tests.Services;

public sealed class ErrorMappingTests
{
    [Fact]
    public void WhoIsRefusedIsToldWhenToComeBack()
    {
        var error = ErrorMapping.ToRpc(new EngineException(ErrorKind.QueueFull, "full", "later") { RetryAfter = TimeSpan.FromSeconds(7) });
        var detail = ErrorDetail.Parser.ParseFrom(error.Trailers.GetValueBytes(ErrorMapping.TrailerName));

        Assert.Equal((StatusCode.ResourceExhausted, "full"), (error.StatusCode, error.Status.Detail));
        Assert.Equal((Api.V1.ErrorKind.QueueFull, "full", "later", 7L), (detail.Kind, detail.Message, detail.Hint, detail.RetryAfter.Seconds));
        Assert.Null(ErrorMapping.Detail(ErrorKind.Busy, "busy", "").RetryAfter);
    }

    [Fact]
    public void EveryKindHasItsNumberInTheApi() =>
        Assert.Equal(
            Enum.GetValues<ErrorKind>().Select(static kind => (kind.ToString(), (int)kind)),
            Enum.GetValues<Api.V1.ErrorKind>().Where(static kind => kind != 0).Select(static kind => (kind.ToString(), (int)kind))
        );
}
