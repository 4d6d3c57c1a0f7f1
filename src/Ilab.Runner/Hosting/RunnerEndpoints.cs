using Grpc.Core;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Hosting;

/// <summary>The runner's gRPC service: a thin layer over the host.</summary>
internal sealed class RunnerEndpoints(StatusBoard status, RunnerLifetime life) : RunnerService.RunnerServiceBase
{
    public override async Task Watch(WatchRequest request, IServerStreamWriter<RunnerStatus> responseStream, ServerCallContext context)
    {
        await foreach (var state in status.WatchAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(state, context.CancellationToken);
        }
    }

    public override async Task Session(
        IAsyncStreamReader<SessionCommand> requestStream,
        IServerStreamWriter<SessionFrame> responseStream,
        ServerCallContext context
    )
    {
        var host = Host();
        var session = host.Open();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var pump = session.PumpAsync(responseStream, ended.Token);
        try
        {
            await foreach (var command in requestStream.ReadAllAsync(context.CancellationToken))
            {
                Dispatch(command, host, session);
            }
        }
        finally
        {
            host.Close(session);
            await ended.CancelAsync();
            await pump.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public override Task<FindGenerationsResponse> FindGenerations(FindGenerationsRequest request, ServerCallContext context) =>
        Task.FromResult(Host().Find(request));

    public override Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context) =>
        Task.FromResult(Host().Tokenize(request) ?? throw NotLoaded());

    public override Task<DetokenizeResponse> Detokenize(DetokenizeRequest request, ServerCallContext context) =>
        Task.FromResult(Host().Detokenize(request) ?? throw NotLoaded());

    public override Task<RenderResponse> Render(RenderRequest request, ServerCallContext context) =>
        Task.FromResult(Host().Render(request) ?? throw NotLoaded());

    public override async Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context) =>
        await Host().Embeddings.EmbedAsync(request, context.CancellationToken) ?? throw NotLoaded();

    public override Task<StatsResponse> Stats(StatsRequest request, ServerCallContext context) => Task.FromResult(Host().ReadStats());

    public override async Task<StopResponse> Stop(StopRequest request, ServerCallContext context)
    {
        status.Stopping();
        if (life.Host is { } host)
        {
            await host.DrainAsync(request.Force, context.CancellationToken);
        }

        life.RequestStop();
        return new StopResponse();
    }

    private static void Dispatch(SessionCommand command, InferenceHost host, Session session)
    {
        switch (command.CommandCase)
        {
            case SessionCommand.CommandOneofCase.Submit:
                host.Submit(command.Submit, session);
                break;
            case SessionCommand.CommandOneofCase.Attach:
                host.Attach(command.Attach, session);
                break;
            case SessionCommand.CommandOneofCase.Cancel:
                host.Cancel(command.Cancel.GenerationId);
                break;
        }
    }

    private InferenceHost Host() => life.Host ?? throw NotLoaded();

    private static RpcException NotLoaded() => new(new Status(StatusCode.FailedPrecondition, "the model is not loaded"));
}

/// <summary>State shared by the calls and the program: the host once it is loaded, and the request to stop.</summary>
internal sealed class RunnerLifetime
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public InferenceHost? Host { get; set; }

    public Task StopRequested => _stop.Task;

    public void RequestStop() => _stop.TrySetResult();
}
