using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job logs`: one line per event.</summary>
internal static class JobLogsCommand
{
    public static Command Create(Session session)
    {
        var id = new Argument<string>("JOB") { Description = CommonOptions.JobId };
        var follow = new Option<bool>("--follow", "-f") { Description = "Follow the log until the job ends" };
        var tail = new Option<int?>("--tail") { Description = "Show only the last N lines", HelpName = "N" };
        var since = new Option<ulong>("--since-sequence")
        {
            Description = "Show only events with this sequence number or higher",
            HelpName = "N",
            DefaultValueFactory = static _ => 0,
        };
        var command = new Command("logs", "Show the log of a job\n\nExamples:\n  ilab job logs -f 3f2a91c40b7d") { id, follow, tail, since };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var kept = new Queue<string>();
                var limit = line.GetValue(follow) ? null : line.GetValue(tail);
                using var call = client.Jobs.Watch(
                    new WatchJobRequest
                    {
                        Id = line.GetRequiredValue(id),
                        FromSequence = line.GetValue(since),
                        Follow = line.GetValue(follow),
                    },
                    cancellationToken: cancellationToken
                );
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var text = Text(call.ResponseStream.Current);
                    if (limit is not { } most)
                    {
                        await session.Out.WriteLineAsync(text);
                        await session.Out.FlushAsync(cancellationToken);
                        continue;
                    }

                    kept.Enqueue(text);
                    if (kept.Count > most)
                    {
                        kept.Dequeue();
                    }
                }

                foreach (var text in kept)
                {
                    await session.Out.WriteLineAsync(text);
                }

                return 0;
            }
        );
        return command;
    }

    private static string Text(JobEvent entry)
    {
        var what = entry.EventCase switch
        {
            JobEvent.EventOneofCase.State => JobData.StatusOf(entry.State.State) + (entry.State.Reason.Length > 0 ? $": {entry.State.Reason}" : ""),
            JobEvent.EventOneofCase.Log => entry.Log.Text,
            JobEvent.EventOneofCase.Progress => ProgressLine.Plain(entry.Progress),
            _ => "",
        };
        return $"{entry.Time.ToDateTimeOffset():yyyy-MM-ddTHH:mm:ss.fffZ} {what}";
    }
}
