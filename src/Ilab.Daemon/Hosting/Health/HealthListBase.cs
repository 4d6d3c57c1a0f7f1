using Google.Protobuf;
using Grpc.Core;
using HealthProtocol = Grpc.Health.V1.Health;

namespace Ilab.Daemon.Hosting.Health;

/// <summary>The binding of Health/List, written by hand: the package's generated code lacks the method.</summary>
[BindServiceMethod(typeof(HealthListBase), nameof(Bind))]
internal abstract class HealthListBase
{
    private static readonly Method<HealthListRequest, HealthListResponse> ListMethod = new(
        MethodType.Unary,
        HealthProtocol.Descriptor.FullName,
        nameof(List),
        Marshallers.Create(static message => message.ToByteArray(), HealthListRequest.Parser.ParseFrom),
        Marshallers.Create(static message => message.ToByteArray(), HealthListResponse.Parser.ParseFrom)
    );

    public static void Bind(ServiceBinderBase binder, HealthListBase? service) =>
        binder.AddMethod(ListMethod, service is null ? null : new UnaryServerMethod<HealthListRequest, HealthListResponse>(service.List));

    public abstract Task<HealthListResponse> List(HealthListRequest request, ServerCallContext context);
}
