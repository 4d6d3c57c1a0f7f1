using System.Diagnostics;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Errors;
using Core = Ilab.Engine.Serving.Models;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Inference;

internal sealed partial class InferenceEndpoints
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(0.1);

    public override async Task Activity(ActivityRequest request, IServerStreamWriter<ActivityResponse> responseStream, ServerCallContext context)
    {
        var interval = request.Interval?.ToTimeSpan() ?? TimeSpan.FromSeconds(1);
        if (interval < ShortestInterval || interval > TimeSpan.FromDays(1))
        {
            throw new EngineException(ErrorKind.InvalidArgument, "the interval is from a tenth of a second to a day");
        }

        var caller = context.GetCaller();
        var earlier = new Dictionary<string, Core.ModelActivity>();
        using var timer = new PeriodicTimer(interval);
        do
        {
            var now = (await engine.ActivityAsync(context.CancellationToken)).Where(model => IsVisible(model.Model, caller)).ToList();
            var response = new ActivityResponse();
            response.Models.AddRange(now.Select(model => ToApi(model, earlier.GetValueOrDefault(model.Model.RunnerId))));
            await responseStream.WriteAsync(response, context.CancellationToken);
            earlier = now.Where(static model => model.ReadAt != 0).ToDictionary(static model => model.Model.RunnerId);
        } while (await timer.WaitForNextTickAsync(context.CancellationToken));
    }

    private static ModelActivity ToApi(Core.ModelActivity now, Core.ModelActivity? earlier)
    {
        var activity = new ModelActivity
        {
            Model = EventMapping.ToApi(now.Model),
            Running = (uint)now.Running,
            Waiting = (uint)now.Waiting,
            CacheUsed = (ulong)now.CacheUsed,
            CacheCells = (ulong)now.CacheCells,
            PromptTokens = (ulong)now.PromptTokens,
            GeneratedTokens = (ulong)now.GeneratedTokens,
        };
        if (earlier is not null && now.ReadAt > earlier.ReadAt)
        {
            var seconds = Stopwatch.GetElapsedTime(earlier.ReadAt, now.ReadAt).TotalSeconds;
            activity.PromptRate = (float)((now.PromptTokens - earlier.PromptTokens) / seconds);
            activity.GeneratedRate = (float)((now.GeneratedTokens - earlier.GeneratedTokens) / seconds);
        }

        return activity;
    }
}
