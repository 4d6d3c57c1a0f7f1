using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1;
using Ilab.Daemon.Hosting.Health;

namespace Ilab.Daemon.Tests.Interop;

/// <summary>What any gRPC tool asks a server first.</summary>
public sealed class HealthAndReflectionTests(InteropServerFixture server) : IClassFixture<InteropServerFixture>
{
    [Fact]
    public async Task HealthIsServingAndAnUnknownServiceIsNotFound()
    {
        using var channel = InteropCases.Channel(server.Socket);
        var client = new Health.HealthClient(channel);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(
            StatusCode.NotFound,
            (await Assert.ThrowsAsync<RpcException>(async () => await client.CheckAsync(new HealthCheckRequest { Service = "nobody" }))).StatusCode
        );
    }

    [Fact]
    public async Task HealthListsEveryService()
    {
        using var channel = InteropCases.Channel(server.Socket);
        var list = new Method<HealthListRequest, HealthListResponse>(
            MethodType.Unary,
            "grpc.health.v1.Health",
            "List",
            Marshallers.Create(static message => message.ToByteArray(), HealthListRequest.Parser.ParseFrom),
            Marshallers.Create(static message => message.ToByteArray(), HealthListResponse.Parser.ParseFrom)
        );
        var response = await channel.CreateCallInvoker().AsyncUnaryCall(list, null, default, new HealthListRequest());
        Assert.Equal(["", "grpc.testing.TestService"], response.Statuses.Keys.Order());
        Assert.All(response.Statuses.Values, static entry => Assert.Equal((int)HealthCheckResponse.Types.ServingStatus.Serving, entry.Status));
    }

    [Fact]
    public async Task ReflectionListsTheServicesAndTheirFiles()
    {
        using var channel = InteropCases.Channel(server.Socket);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Contains(call.ResponseStream.Current.ListServicesResponse.Service, static service => service.Name == "grpc.testing.TestService");
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "grpc.testing.SimpleRequest" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "no.such.Thing" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal((int)StatusCode.NotFound, call.ResponseStream.Current.ErrorResponse.ErrorCode);
    }
}
