using System.Reflection;
using Grpc.AspNetCore.Server.Internal;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps gRPC services to their paths.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    private const string UnknownMapped = "Ilab.Rpc.UnknownMapped";

    /// <summary>Maps every method of a generated service base that <typeparamref name="TService"/> derives from.</summary>
    public static IEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var pipeline = builder.ServiceProvider.GetService<CallPipeline>() ?? throw new InvalidOperationException("Call AddGrpc before MapGrpcService.");
        var attribute = FindBinding(typeof(TService));
        var bind = attribute.BindType.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .First(method => method.Name == attribute.BindMethodName && method.GetParameters() is [{ } first, _] && first.ParameterType == typeof(ServiceBinderBase));
        var binder = new RouteBinder<TService>(builder, pipeline);
        bind.Invoke(null, [binder, null]);
        MapUnknown(builder, pipeline);
        return new Conventions(binder.Endpoints);
    }

    private static BindServiceMethodAttribute FindBinding(Type service)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
            {
                return attribute;
            }
        }

        throw new InvalidOperationException($"{service.Name} does not derive from a generated service base class.");
    }

    private static void MapUnknown(IEndpointRouteBuilder builder, CallPipeline pipeline)
    {
        if (builder.DataSources.SelectMany(source => source.Endpoints).Any(endpoint => endpoint.DisplayName == UnknownMapped))
        {
            return;
        }

        builder.Map("{unimplementedService}/{unimplementedMethod}", context => pipeline.AnswerUnknownAsync(context)).WithDisplayName(UnknownMapped).WithOrder(int.MaxValue);
    }

    private sealed class Conventions(IReadOnlyList<IEndpointConventionBuilder> endpoints) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention)
        {
            foreach (var endpoint in endpoints)
            {
                endpoint.Add(convention);
            }
        }
    }
}
