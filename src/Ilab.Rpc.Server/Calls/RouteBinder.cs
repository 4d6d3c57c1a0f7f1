using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>
/// Takes the methods of a service from its generated binding and maps each to its path. The handler is bound to the service's method by
/// name, once; a call gets its instance from the container (the registered one, or a new one per call).
/// </summary>
internal sealed class RouteBinder<TService>(IEndpointRouteBuilder routes, CallPipeline pipeline) : ServiceBinderBase
    where TService : class
{
    private static readonly ObjectFactory<TService> Factory = ActivatorUtilities.CreateFactory<TService>([]);

    public List<IEndpointConventionBuilder> Endpoints { get; } = [];

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Bind<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(method, typeof(TRequest), typeof(ServerCallContext));
        Map(method, async context =>
        {
            UnaryServerMethod<TRequest, TResponse> call = (message, callContext) => WithService(context, service => invoke(service, message, callContext));
            foreach (var interceptor in pipeline.Interceptors.Reverse())
            {
                var next = call;
                call = (message, callContext) => interceptor.UnaryServerHandler(message, callContext, next);
            }

            var request = await Reader(method, context).ReadSingleAsync().ConfigureAwait(false);
            Writer(method, context).WriteSingle(NotNull(await call(request, context).ConfigureAwait(false)));
        });
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Bind<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        Map(method, async context =>
        {
            ClientStreamingServerMethod<TRequest, TResponse> call = (stream, callContext) => WithService(context, service => invoke(service, stream, callContext));
            foreach (var interceptor in pipeline.Interceptors.Reverse())
            {
                var next = call;
                call = (stream, callContext) => interceptor.ClientStreamingServerHandler(stream, callContext, next);
            }

            Writer(method, context).WriteSingle(NotNull(await call(Reader(method, context), context).ConfigureAwait(false)));
        });
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Bind<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        Map(method, async context =>
        {
            ServerStreamingServerMethod<TRequest, TResponse> call = (message, stream, callContext) => WithService(context, service => Task2(invoke(service, message, stream, callContext)));
            foreach (var interceptor in pipeline.Interceptors.Reverse())
            {
                var next = call;
                call = (message, stream, callContext) => interceptor.ServerStreamingServerHandler(message, stream, callContext, next);
            }

            var request = await Reader(method, context).ReadSingleAsync().ConfigureAwait(false);
            var writer = Writer(method, context);
            await call(request, writer, context).ConfigureAwait(false);
            writer.Complete();
        });
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Bind<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method, typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        Map(method, async context =>
        {
            DuplexStreamingServerMethod<TRequest, TResponse> call = (input, output, callContext) => WithService(context, service => Task2(invoke(service, input, output, callContext)));
            foreach (var interceptor in pipeline.Interceptors.Reverse())
            {
                var next = call;
                call = (input, output, callContext) => interceptor.DuplexStreamingServerHandler(input, output, callContext, next);
            }

            var writer = Writer(method, context);
            await call(Reader(method, context), writer, context).ConfigureAwait(false);
            writer.Complete();
        });
    }

    private static async Task<bool> Task2(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    private static async Task<T> WithService<T>(HttpServerCallContext context, Func<TService, Task<T>> call)
    {
        var services = context.HttpContext.RequestServices;
        if (services.GetService<TService>() is { } registered)
        {
            return await call(registered).ConfigureAwait(false);
        }

        var service = Factory(services, []);
        try
        {
            return await call(service).ConfigureAwait(false);
        }
        finally
        {
            switch (service)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync().ConfigureAwait(false);
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
        }
    }

    private static TDelegate Bind<TDelegate>(IMethod method, params Type[] parameters)
        where TDelegate : Delegate =>
        (typeof(TService).GetMethod(method.Name, parameters) ?? throw new InvalidOperationException($"{typeof(TService).Name} has no method {method.Name}.")).CreateDelegate<TDelegate>();

    private static T NotNull<T>(T? response)
        where T : class => response ?? throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."));

    private RequestReader<TRequest> Reader<TRequest, TResponse>(Method<TRequest, TResponse> method, HttpServerCallContext context)
        where TRequest : class => new(context, method.RequestMarshaller, pipeline.Options.MaxReceiveMessageSize);

    private ResponseWriter<TResponse> Writer<TRequest, TResponse>(Method<TRequest, TResponse> method, HttpServerCallContext context)
        where TResponse : class => new(context, method.ResponseMarshaller, pipeline.Options.MaxSendMessageSize);

    private void Map(IMethod method, Func<HttpServerCallContext, Task> handler) =>
        Endpoints.Add(routes.Map(method.FullName, (HttpContext http) => pipeline.RunAsync(http, handler)).WithDisplayName($"gRPC - {method.FullName}"));
}
