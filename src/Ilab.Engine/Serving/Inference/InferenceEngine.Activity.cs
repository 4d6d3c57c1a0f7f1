using System.Diagnostics;
using Grpc.Core;
using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    /// <summary>A runner answers this without waiting for a step: one that takes longer is stopped, or out of order.</summary>
    private static readonly TimeSpan ActivityTime = TimeSpan.FromSeconds(2);

    /// <summary>Requests that wait for a model to be placed.</summary>
    public int Unplaced => _scheduler.Waiting;

    /// <summary>What the loaded models are doing, asked of their runners; of those that do not answer only what the service knows.</summary>
    public async Task<IReadOnlyList<ModelActivity>> ActivityAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ActivityTime);
        var all = await Task.WhenAll(Loaded.Select(model => ActivityOfAsync(model, limit.Token))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return all;
    }

    private async Task<ModelActivity> ActivityOfAsync(LoadedModel model, CancellationToken cancellationToken)
    {
        var known = new ModelActivity { Model = model, Running = model.Active };
        if (_supervisor.Find(model.RunnerId)?.Client is not { } client || model.State != "ready")
        {
            return known;
        }

        try
        {
            var stats = await client.StatsAsync(cancellationToken).ConfigureAwait(false);
            return known with
            {
                ReadAt = Stopwatch.GetTimestamp(),
                Running = (int)stats.Running,
                Waiting = (int)stats.Waiting,
                CacheUsed = (long)stats.CacheUsed,
                CacheCells = (long)stats.CacheCells,
                PromptTokens = (long)stats.PromptTokens,
                GeneratedTokens = (long)stats.GeneratedTokens,
                Steps = (long)stats.Steps,
            };
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            InferenceLog.NoActivity(_log, model.RunnerId, exception.Message); // just ended, or of an earlier version
            return known;
        }
    }
}
