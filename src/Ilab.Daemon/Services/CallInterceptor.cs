using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Errors;
using Ilab.Http.Access;

namespace Ilab.Daemon.Services;

/// <summary>Wraps every call: lets it through the gate, counts it, logs it with the caller's uid, and maps exceptions to a status.</summary>
internal sealed class CallInterceptor(ILogger<CallInterceptor> logger, Gate gate, Activity activity, TimeProvider time) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    ) => RunAsync(context, () => request as IMessage, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        var first = new FirstMessage<TRequest>(requestStream);
        return RunAsync(context, () => first.Message, () => continuation(first, context));
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    ) => RunAsync(context, () => request as IMessage, () => Done(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        var first = new FirstMessage<TRequest>(requestStream);
        return RunAsync(context, () => first.Message, () => Done(continuation(first, responseStream, context)));
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }

    private async Task<T> RunAsync<T>(ServerCallContext context, Func<IMessage?> message, Func<Task<T>> call)
    {
        var started = time.GetTimestamp();
        using var open = activity.Begin();
        var outcome = "ok";
        var identity = gate.Identify(context);
        try
        {
            identity = await gate.AuthenticateAsync(identity, context);
            using var admitted = await gate.AdmitAsync(identity, context.Method, context.CancellationToken);
            return await call();
        }
        catch (EngineException exception)
        {
            outcome = exception.Kind.ToString();
            throw ErrorMapping.ToRpc(exception);
        }
        catch (RateLimitedException exception)
        {
            outcome = nameof(ErrorKind.QuotaExceeded);
            throw ErrorMapping.ToRpc(ErrorKind.QuotaExceeded, exception.Message, $"try again in {exception.Wait.TotalSeconds:0} s", exception.Wait);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            outcome = "cancelled";
            throw;
        }
        catch (IOException) when (context.CancellationToken.IsCancellationRequested)
        {
            outcome = "cancelled";
            throw;
        }
        catch (RpcException exception)
        {
            outcome = exception.StatusCode.ToString();
            throw;
        }
        catch (Exception exception)
        {
            outcome = "defect";
            var id = Guid.NewGuid().ToString("N")[..8];
            ServicesLog.Defect(logger, exception, context.Method, id);
            throw ErrorMapping.ToRpc(
                ErrorKind.Internal,
                $"internal error in {context.Method} ({exception.GetType().Name}, log id {id})",
                "see the log of ilabd for details, and report the bug"
            );
        }
        finally
        {
            gate.Record(identity, context.Method, AuditObject.Of(message()), outcome, started);
            ServicesLog.Called(logger, context.Method, identity.Peer.Uid, outcome, time.GetElapsedTime(started).TotalMilliseconds);
        }
    }
}
