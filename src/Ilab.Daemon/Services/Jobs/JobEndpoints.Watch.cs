using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Jobs;

internal sealed partial class JobEndpoints
{
    public override async Task Watch(WatchJobRequest request, IServerStreamWriter<JobEvent> responseStream, ServerCallContext context)
    {
        var job = await jobs.FindOwnAsync(context.GetCaller(), request.Id, context.CancellationToken);
        await foreach (var entry in jobs.WatchAsync(job.Id, request.FromSequence, request.Follow, context.CancellationToken))
        {
            var wire = new JobEvent { Sequence = entry.Sequence, Time = entry.Time.ToTimestamp() };
            if (entry.State is { } state)
            {
                wire.State = new JobStateChanged
                {
                    State = (JobState)(int)state.State,
                    Reason = state.Reason,
                    Result = state.Result,
                    Error = ToWire(state.Error),
                };
            }
            else if (entry.Progress is { } progress)
            {
                wire.Progress = progress.ToWire();
            }
            else if (entry.Log is { } line)
            {
                wire.Log = new JobLog { Level = line.Level, Text = line.Text };
            }

            await responseStream.WriteAsync(wire, context.CancellationToken);
        }
    }
}
