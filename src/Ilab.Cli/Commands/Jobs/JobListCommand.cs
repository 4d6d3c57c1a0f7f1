using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job ls`.</summary>
internal static class JobListCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var all = new Option<bool>("--all", "-a") { Description = "Ended jobs too" };
        var filter = new Option<string[]>("--filter", "-f") { Description = "KEY=VALUE: kind, status, id; may be repeated", HelpName = "FILTER" };
        var command = new Command("ls", "List jobs\n\nExamples:\n  ilab job ls --all\n  ilab job ls --filter status=failed") { Aliases = { "list" } };
        command.Options.Add(all);
        command.Options.Add(filter);
        list.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var request = new ListJobsRequest { All = line.GetValue(all) };
            request.Filters.AddRange(line.GetValue(filter) ?? []);
            var jobs = await client.Jobs.ListAsync(request, cancellationToken: cancellationToken);
            var now = TimeProvider.System.GetUtcNow();
            var full = line.GetValue(list.NoTrunc);
            string Id(Data row) => full ? ModelData.Text(row, "ID") : ModelData.Text(row, "ID")[..12];
            Column[] columns =
            [
                new("ID", Id),
                new("KIND", static row => ModelData.Text(row, "Kind")),
                new("STATUS", static row => ModelData.Text(row, "Status")),
                new("PROGRESS", static row => row.TryGet("Progress", out var value) && value is Data progress && ModelData.Number(progress, "Total") is > 0 and var total ? $"{ModelData.Number(progress, "Done") * 100 / total} %" : ""),
                new("CREATED", row => row.TryGet("Created", out var created) && created is DateTimeOffset time ? Human.Ago(time, now) : ""),
                new("TITLE", static row => ModelData.Text(row, "Title")),
            ];
            await list.WriteAsync(session, line, [.. jobs.Jobs.Select(JobData.Of)], columns, Id);
            return 0;
        });
        return command;
    }
}
