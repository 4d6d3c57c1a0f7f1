using System.Threading.Channels;
using Grpc.Core;
using Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Tests.Serving.Runners;

/// <summary>The protocol side of a fake runner.</summary>
internal sealed class FakeRunnerService(FakeRunner runner) : RunnerService.RunnerServiceBase
{
    public override async Task Watch(WatchRequest request, IServerStreamWriter<RunnerStatus> responseStream, ServerCallContext context)
    {
        await foreach (var status in runner.Status.Watch().ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(status, context.CancellationToken);
        }
    }

    public override async Task Session(
        IAsyncStreamReader<SessionCommand> requestStream,
        IServerStreamWriter<SessionFrame> responseStream,
        ServerCallContext context
    )
    {
        var frames = Channel.CreateUnbounded<SessionFrame>();
        var reading = Task.Run(async () =>
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                runner.Generations.Dispatch(requestStream.Current, frames.Writer);
            }
        });
        await foreach (var frame in frames.Reader.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(frame, context.CancellationToken);
        }

        await reading;
    }

    public override Task<FindGenerationsResponse> FindGenerations(FindGenerationsRequest request, ServerCallContext context) =>
        Task.FromResult(
            new FindGenerationsResponse
            {
                GenerationIds =
                {
                    runner
                        .Generations.Submitted.Select(static submit => submit.GenerationId)
                        .Where(id => id.EndsWith("-" + request.Id, StringComparison.Ordinal)),
                },
            }
        );

    public override Task<TokenizeResponse> Tokenize(TokenizeRequest request, ServerCallContext context) =>
        Task.FromResult(new TokenizeResponse { Tokens = { request.Text.Select(c => (int)c) } });

    public override Task<StopResponse> Stop(StopRequest request, ServerCallContext context)
    {
        // Like the real one: the answer goes out, then the process ends.
        context
            .GetHttpContext()
            .Response.OnCompleted(() =>
            {
                _ = Task.Run(() => runner.EndAsync(0, "", "stopped"));
                return Task.CompletedTask;
            });
        return Task.FromResult(new StopResponse());
    }
}
