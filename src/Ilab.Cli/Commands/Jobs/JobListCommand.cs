using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job ls`.</summary>
internal static class JobListCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var all = new Option<bool>("--all", "-a") { Description = "Include finished jobs" };
        var filter = CommonOptions.Filter("kind, status, id", "-f");
        var command = new Command(
            "ls",
            "List jobs\n\nShows queued and running jobs unless --all is given.\n\nExamples:\n  ilab job ls --all\n  ilab job ls --filter status=failed"
        );
        command.Options.Add(all);
        command.Options.Add(filter);
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = new ListJobsRequest { All = line.GetValue(all) };
                request.Filters.AddRange(line.GetValue(filter) ?? []);
                var jobs = await client.Jobs.ListAsync(request, cancellationToken: cancellationToken);
                var now = TimeProvider.System.GetUtcNow();
                var full = line.GetValue(list.NoTrunc);
                string Id(Data row) => full ? row.Text("ID") : row.Text("ID")[..12];
                Column[] columns =
                [
                    new("ID", Id),
                    new("KIND", static row => row.Text("Kind")),
                    new("STATUS", static row => row.Text("Status")),
                    new(
                        "PROGRESS",
                        static row =>
                            row.TryGet("Progress", out var value) && value is Data progress && progress.Number("Total") is > 0 and var total
                                ? $"{progress.Number("Done") * 100 / total} %"
                                : ""
                    ),
                    new("CREATED", row => row.TryGet("Created", out var created) && created is DateTimeOffset time ? Human.Ago(time, now) : ""),
                    new("TITLE", static row => row.Text("Title")),
                ];
                await list.WriteAsync(session, line, [.. jobs.Jobs.Select(JobData.Of)], columns, Id);
                return 0;
            }
        );
        return command;
    }
}
