using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task<ShutdownResponse> Shutdown(ShutdownRequest request, ServerCallContext context)
    {
        if (request.StopRunners)
        {
            await parts.Inference.UnloadAsync("", all: true, force: true, context.CancellationToken);
        }

        // After the response has been sent.
        _ = Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None)
            .ContinueWith(_ => lifetime.StopApplication(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return new ShutdownResponse();
    }
}
