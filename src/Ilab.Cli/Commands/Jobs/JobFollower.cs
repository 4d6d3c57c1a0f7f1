using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>
/// Follows a job to its end and returns its exit code. The first Ctrl-C detaches and says how to re-attach; a second one within two seconds cancels the job.
/// When the service restarts, the follower reconnects: the job survives it.
/// </summary>
internal sealed class JobFollower(Session session, IlabClient client, bool quiet)
{
    private static readonly TimeSpan ReconnectTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CancelWindow = TimeSpan.FromSeconds(2);

    private readonly ProgressLine _progress = new(session, quiet);
    private ulong _next = 1;
    private bool _isStarted;

    public async Task<int> FollowAsync(string id, bool printResult, CancellationToken cancellationToken)
    {
        using var detach = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var captured = session.Interrupts.Capture(() =>
        {
            if (detach.IsCancellationRequested)
            {
                again.TrySetResult();
            }

            detach.Cancel();
        });
        try
        {
            var end = await WatchAsync(id, detach.Token);
            await _progress.EndAsync();
            return await ReportAsync(end, printResult);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IlabException { Kind: ErrorKind.Cancelled } && detach.IsCancellationRequested)
        {
            await _progress.EndAsync();
            return await DetachAsync(id, again.Task);
        }
    }

    private async Task<JobStateChanged> WatchAsync(string id, CancellationToken cancellationToken)
    {
        var lost = 0L;
        while (true)
        {
            try
            {
                using var call = client.Jobs.Watch(
                    new WatchJobRequest
                    {
                        Id = id,
                        FromSequence = _next,
                        Follow = true,
                    },
                    cancellationToken: cancellationToken
                );
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    lost = 0;
                    var entry = call.ResponseStream.Current;
                    _next = entry.Sequence + 1;
                    if (await ShowAsync(id, entry) is { } end)
                    {
                        return end;
                    }
                }
            }
            catch (IlabException exception) when (exception.IsConnectionLost && !cancellationToken.IsCancellationRequested)
            {
                lost = lost == 0 ? TimeProvider.System.GetTimestamp() : lost;
                if (TimeProvider.System.GetElapsedTime(lost) > ReconnectTimeout)
                {
                    throw;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    private async Task<JobStateChanged?> ShowAsync(string id, JobEvent entry)
    {
        switch (entry.EventCase)
        {
            case JobEvent.EventOneofCase.Progress:
                await _progress.ShowAsync(entry.Progress);
                break;
            case JobEvent.EventOneofCase.Log when !quiet:
                await _progress.EndAsync();
                await session.SayAsync(entry.Log.Text);
                break;
            case JobEvent.EventOneofCase.State when JobData.IsOver(entry.State.State):
                return entry.State;
            case JobEvent.EventOneofCase.State when entry.State.State == JobState.Running && !quiet && !_isStarted:
                // Before the first figures there may be much to read and to plan.
                _isStarted = true;
                await session.SayAsync($"job {Short(id)} started");
                break;
            case JobEvent.EventOneofCase.State when entry.State.State == JobState.Interrupted && !quiet:
                await _progress.EndAsync();
                await session.SayAsync($"interrupted ({entry.State.Reason}); it will resume automatically");
                break;
        }

        return null;
    }

    private async Task<int> ReportAsync(JobStateChanged end, bool printResult)
    {
        if (end.State == JobState.Succeeded)
        {
            if (printResult && end.Result.Length > 0)
            {
                await session.Out.WriteLineAsync(end.Result);
            }

            return 0;
        }

        await session.SayAsync($"Error: {new IlabException(ErrorKind.Internal, end.Error?.Message ?? end.Reason, end.Error?.Hint ?? "").Text}");
        return end.State == JobState.Cancelled ? 130 : 1;
    }

    private static string Short(string id) => id[..Math.Min(12, id.Length)];

    private async Task<int> DetachAsync(string id, Task again)
    {
        var shown = Short(id);
        await session.SayAsync(
            $"Detached; the job keeps running. Re-attach with 'ilab job attach {shown}'; cancel it with Ctrl-C now or with 'ilab job cancel {shown}'."
        );
        if (await Task.WhenAny(again, Task.Delay(CancelWindow)) == again)
        {
            await client.Jobs.CancelAsync(new CancelJobRequest { Id = id });
            await session.SayAsync($"Cancelled {shown}.");
        }

        return 130;
    }
}
