using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;

namespace Ilab.Daemon.Tests.Interop;

/// <summary>The public interoperability cases, with our client.</summary>
internal static class InteropCases
{
    private static readonly int[] Sizes = [31415, 9, 2653, 58979];
    private static readonly int[] Inputs = [27182, 8, 1828, 45904];

    public static readonly string[] Names =
    [
        "empty_unary",
        "large_unary",
        "client_streaming",
        "server_streaming",
        "ping_pong",
        "empty_stream",
        "cancel_after_begin",
        "cancel_after_first_response",
        "timeout_on_sleeping_server",
        "custom_metadata",
        "status_code_and_message",
        "special_status_message",
        "unimplemented_method",
        "unimplemented_service",
    ];

    public static TheoryData<string> All => [.. Names];

    public static GrpcChannel Channel(string socket) =>
        GrpcChannel.ForAddress(
            "http://localhost",
            new GrpcChannelOptions
            {
                DisposeHttpClient = true,
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = async (_, cancellationToken) =>
                    {
                        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                        return new NetworkStream(connection, ownsSocket: true);
                    },
                },
            }
        );

    public static Task RunAsync(string name, GrpcChannel channel)
    {
        var client = new TestService.TestServiceClient(channel);
        return name switch
        {
            "empty_unary" => EmptyUnary(client),
            "large_unary" => LargeUnary(client),
            "client_streaming" => ClientStreaming(client),
            "server_streaming" => ServerStreaming(client),
            "ping_pong" => PingPong(client),
            "empty_stream" => EmptyStream(client),
            "cancel_after_begin" => CancelAfterBegin(client),
            "cancel_after_first_response" => CancelAfterFirstResponse(client),
            "timeout_on_sleeping_server" => TimeoutOnSleepingServer(client),
            "custom_metadata" => CustomMetadata(client),
            "status_code_and_message" => StatusCodeAndMessage(client, "test status message"),
            "special_status_message" => StatusCodeAndMessage(client, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \U0001F608\t\n"),
            "unimplemented_method" => Unimplemented(() => client.UnimplementedCallAsync(new Empty())),
            "unimplemented_service" => Unimplemented(() => new UnimplementedService.UnimplementedServiceClient(channel).UnimplementedCallAsync(new Empty())),
            _ => throw new ArgumentException(name),
        };
    }

    private static async Task EmptyUnary(TestService.TestServiceClient client) => Assert.Equal(new Empty(), await client.EmptyCallAsync(new Empty()));

    private static async Task LargeUnary(TestService.TestServiceClient client)
    {
        var response = await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314159, Payload = Of(271828) });
        Assert.Equal(314159, response.Payload.Body.Length);
    }

    private static async Task ClientStreaming(TestService.TestServiceClient client)
    {
        using var call = client.StreamingInputCall();
        foreach (var size in Inputs)
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Of(size) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(74922, (await call.ResponseAsync).AggregatedPayloadSize);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private static async Task ServerStreaming(TestService.TestServiceClient client)
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(Sizes.Select(static size => new ResponseParameters { Size = size }));
        using var call = client.StreamingOutputCall(request);
        var got = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            got.Add(response.Payload.Body.Length);
        }

        Assert.Equal(Sizes, got);
    }

    private static async Task PingPong(TestService.TestServiceClient client)
    {
        using var call = client.FullDuplexCall();
        for (var index = 0; index < Sizes.Length; index++)
        {
            await call.RequestStream.WriteAsync(Request(Sizes[index], Inputs[index]));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(Sizes[index], call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    private static async Task EmptyStream(TestService.TestServiceClient client)
    {
        using var call = client.FullDuplexCall();
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    private static async Task CancelAfterBegin(TestService.TestServiceClient client)
    {
        using var cancellation = new CancellationTokenSource();
        using var call = client.StreamingInputCall(cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
    }

    private static async Task CancelAfterFirstResponse(TestService.TestServiceClient client)
    {
        using var cancellation = new CancellationTokenSource();
        using var call = client.FullDuplexCall(cancellationToken: cancellation.Token);
        await call.RequestStream.WriteAsync(Request(31415, 27182));
        Assert.True(await call.ResponseStream.MoveNext());
        await cancellation.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
    }

    private static async Task TimeoutOnSleepingServer(TestService.TestServiceClient client)
    {
        using var call = client.FullDuplexCall(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(30));
        var exception = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.RequestStream.WriteAsync(
                new StreamingOutputCallRequest
                {
                    Payload = Of(27182),
                    ResponseParameters =
                    {
                        new ResponseParameters { Size = 31415, IntervalUs = 2_000_000 },
                    },
                }
            );
            await call.ResponseStream.MoveNext();
        });
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
    }

    private static async Task CustomMetadata(TestService.TestServiceClient client)
    {
        var headers = new Metadata { { "x-grpc-test-echo-initial", "test_initial_metadata_value" }, { "x-grpc-test-echo-trailing-bin", [0xab, 0xab, 0xab] } };
        using var unary = client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314159, Payload = Of(271828) }, headers);
        await unary;
        Check(await unary.ResponseHeadersAsync, unary.GetTrailers());
        using var duplex = client.FullDuplexCall(headers);
        await duplex.RequestStream.WriteAsync(Request(314159, 271828));
        await duplex.RequestStream.CompleteAsync();
        while (await duplex.ResponseStream.MoveNext()) { }

        Check(await duplex.ResponseHeadersAsync, duplex.GetTrailers());

        static void Check(Metadata initial, Metadata trailers)
        {
            Assert.Equal("test_initial_metadata_value", initial.GetValue("x-grpc-test-echo-initial"));
            Assert.Equal([0xab, 0xab, 0xab], trailers.GetValueBytes("x-grpc-test-echo-trailing-bin"));
        }
    }

    private static async Task StatusCodeAndMessage(TestService.TestServiceClient client, string message)
    {
        var status = new EchoStatus { Code = 2, Message = message };
        Check(await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status })));
        using var call = client.FullDuplexCall();
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        Check(await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext()));

        void Check(RpcException exception)
        {
            Assert.Equal(StatusCode.Unknown, exception.StatusCode);
            Assert.Equal(message, exception.Status.Detail);
        }
    }

    private static async Task Unimplemented(Func<AsyncUnaryCall<Empty>> call) =>
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode);

    private static StreamingOutputCallRequest Request(int response, int payload) =>
        new() { Payload = Of(payload), ResponseParameters = { new ResponseParameters { Size = response } } };

    private static Payload Of(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };
}
