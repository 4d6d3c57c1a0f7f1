using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Tests.Errors;

/// <summary>
/// What a call throws depends on the moment at which its connection ends; here each kind of exception is thrown on purpose,
/// whereas <see cref="LostConnectionTests"/> takes what a real connection happens to throw.
/// </summary>
public sealed class ErrorInterceptorTests
{
    /// <summary>What a write throws when the connection ends before gRPC knows of it, or after.</summary>
    public static TheoryData<Exception> LostConnections =>
        [
            new IOException("The request was aborted.", new SocketException((int)SocketError.ConnectionReset)),
            new HttpRequestException("An error occurred while sending the request.", new IOException("Broken pipe")),
            new RpcException(new Status(StatusCode.Unavailable, "Error starting gRPC call.")),
        ];

    [Theory]
    [MemberData(nameof(LostConnections), DisableDiscoveryEnumeration = true)]
    public async Task AWriteOnALostConnection(Exception thrown)
    {
        var invoker = Failing(thrown);
        using var import = new DataService.DataServiceClient(invoker).Import();
        AssertLost(thrown, await CaughtAsync(() => import.RequestStream.WriteAsync(new ImportDatasetRequest())));
        AssertLost(thrown, await CaughtAsync(() => import.RequestStream.WriteAsync(new ImportDatasetRequest(), CancellationToken.None)));
        AssertLost(thrown, await CaughtAsync(import.RequestStream.CompleteAsync));

        using var upload = new ModelService.ModelServiceClient(invoker).Upload();
        AssertLost(thrown, await CaughtAsync(() => upload.RequestStream.WriteAsync(new UploadModelRequest())));
        AssertLost(thrown, await CaughtAsync(upload.RequestStream.CompleteAsync));
    }

    /// <summary>gRPC never lets these out of a write for a reason of the connection: they are defects, and keep their traces.</summary>
    [Fact]
    public async Task ADefectInAWriteIsNotTakenForALostConnection()
    {
        var defect = new InvalidOperationException("Can't write the message because the previous write is in progress.");
        using var import = new DataService.DataServiceClient(Failing(defect)).Import();
        Assert.Same(defect, await Record.ExceptionAsync(() => import.RequestStream.WriteAsync(new ImportDatasetRequest())));
    }

    /// <summary>The reason that the service gave, not that of the layer below: also when it comes with a write.</summary>
    [Fact]
    public async Task AReasonOfTheService()
    {
        var trailers = new Metadata
        {
            {
                IlabException.TrailerName,
                Google.Protobuf.MessageExtensions.ToByteArray(
                    new ErrorDetail
                    {
                        Kind = ErrorKind.NotFound,
                        Message = "no such model: m",
                        Hint = "see 'ilab model ls'",
                    }
                )
            },
        };
        var invoker = Failing(new RpcException(new Status(StatusCode.NotFound, "no such model: m"), trailers));
        using var import = new DataService.DataServiceClient(invoker).Import();
        using var events = new SystemService.SystemServiceClient(invoker).Events(new EventsRequest());
        using var upload = new ModelService.ModelServiceClient(invoker).Upload();
        Exception[] caught =
        [
            await CaughtAsync(() => import.RequestStream.WriteAsync(new ImportDatasetRequest())),
            await CaughtAsync(async () => await import),
            await CaughtAsync(() => events.ResponseStream.MoveNext(CancellationToken.None)),
            await CaughtAsync(() => upload.ResponseStream.MoveNext(CancellationToken.None)),
            await CaughtAsync(async () => await new DataService.DataServiceClient(invoker).ListAsync(new ListDatasetsRequest())),
        ];
        foreach (var exception in caught.Cast<IlabException>())
        {
            Assert.Equal((ErrorKind.NotFound, "no such model: m", "see 'ilab model ls'"), (exception.Kind, exception.Message, exception.Hint));
            Assert.False(exception.IsConnectionLost);
        }
    }

    /// <summary>A caller's own cancel is neither a lost connection nor a defect, wherever the call was.</summary>
    [Fact]
    public async Task ACancelledCall()
    {
        var invoker = Failing(new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client.")));
        using var import = new DataService.DataServiceClient(invoker).Import();
        using var events = new SystemService.SystemServiceClient(invoker).Events(new EventsRequest());
        Exception[] caught =
        [
            await CaughtAsync(() => import.RequestStream.WriteAsync(new ImportDatasetRequest())),
            await CaughtAsync(() => events.ResponseStream.MoveNext(CancellationToken.None)),
        ];
        Assert.All(
            caught.Cast<IlabException>(),
            exception => Assert.Equal((ErrorKind.Cancelled, 130, false), (exception.Kind, exception.ExitCode, exception.IsConnectionLost))
        );
    }

    private static CallInvoker Failing(Exception exception) => new FailingInvoker(exception).Intercept(new ErrorInterceptor());

    private static async Task<Exception> CaughtAsync(Func<Task> call) => Assert.IsType<IlabException>(await Record.ExceptionAsync(call));

    private static void AssertLost(Exception thrown, Exception caught)
    {
        var exception = Assert.IsType<IlabException>(caught);
        Assert.True(exception.IsConnectionLost);
        Assert.Equal(125, exception.ExitCode);
        Assert.Equal(thrown is RpcException { Status.Detail: var detail } ? detail : "the connection to ilabd was lost", exception.Message);
        Assert.Contains("system info", exception.Hint, StringComparison.Ordinal);
    }

    /// <summary>Calls that have begun, and fail in whatever is done next.</summary>
    private sealed class FailingInvoker(Exception exception) : CallInvoker
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => throw exception;

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => new(Task.FromException<TResponse>(exception), Headers, () => Status.DefaultCancelled, () => [], () => { });

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => new(new Reader<TResponse>(exception), Headers, () => Status.DefaultCancelled, () => [], () => { });

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => new(new Writer<TRequest>(exception), Task.FromException<TResponse>(exception), Headers, () => Status.DefaultCancelled, () => [], () => { });

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => new(new Writer<TRequest>(exception), new Reader<TResponse>(exception), Headers, () => Status.DefaultCancelled, () => [], () => { });

        private static Task<Metadata> Headers => Task.FromResult(new Metadata());
    }

    private sealed class Writer<T>(Exception exception) : IClientStreamWriter<T>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(T message) => Task.FromException(exception);

        public Task WriteAsync(T message, CancellationToken cancellationToken) => Task.FromException(exception);

        public Task CompleteAsync() => Task.FromException(exception);
    }

    private sealed class Reader<T>(Exception exception) : IAsyncStreamReader<T>
    {
        public T Current => throw exception;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromException<bool>(exception);
    }
}
