using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    private static readonly TimeSpan MetricsInterval = TimeSpan.FromMilliseconds(250);

    public override async Task Metrics(JobMetricsRequest request, IServerStreamWriter<JobMetrics> responseStream, ServerCallContext context)
    {
        var job = await jobs.FindOwnAsync(context.GetCaller(), request.Id, context.CancellationToken);
        using var timer = new PeriodicTimer(MetricsInterval, time);
        for (var position = 0L; ; )
        {
            var isOver = JobStateMachine.IsOver((await jobs.FindAsync(job.Id, context.CancellationToken)).State);
            if (jobs.MetricsOf(job) is { } path)
            {
                position = await SendAsync(path, position, responseStream, context.CancellationToken);
            }
            else if (isOver || !request.Follow)
            {
                throw new EngineException(ErrorKind.NotFound, $"job {job.Id[..12]} has no metrics", "only training jobs have metrics, once they are running");
            }

            if (isOver || !request.Follow)
            {
                return;
            }

            await timer.WaitForNextTickAsync(context.CancellationToken);
        }
    }

    /// <summary>
    /// Complete lines only: the last one may still be being written. A file that became shorter was truncated to a checkpoint, and is not sent again.
    /// </summary>
    private static async Task<long> SendAsync(string path, long position, IServerStreamWriter<JobMetrics> target, CancellationToken cancellationToken)
    {
        const int Piece = 256 << 10;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[Piece];
        for (position = Math.Min(position, file.Length); ; )
        {
            file.Position = position;
            var count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            var end = buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
            if (end == 0)
            {
                return position;
            }

            await target.WriteAsync(new JobMetrics { Lines = ByteString.CopyFrom(buffer, 0, end) }, cancellationToken);
            position += end;
        }
    }
}
