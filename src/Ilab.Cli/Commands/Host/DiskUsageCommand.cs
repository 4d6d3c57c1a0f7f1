using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system df`.</summary>
internal static class DiskUsageCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var verbose = new Option<bool>("--verbose") { Description = "List every object" };
        var command = new Command("df", "Show disk usage of the store\n\nExamples:\n  ilab system df --verbose") { verbose };
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var usage = await client.System.DiskUsageAsync(new DiskUsageRequest { Verbose = line.GetValue(verbose) }, cancellationToken: cancellationToken);
                Data[] rows =
                [
                    .. usage.Rows.Select(static row =>
                        new Data()
                            .Add("Type", row.Type)
                            .Add("Total", row.Total)
                            .Add("Active", row.Active)
                            .Add("Size", Human.Size(row.Size))
                            .Add("Reclaimable", Human.Size(row.Reclaimable))
                            .Add("RawSize", row.Size)
                            .Add("RawReclaimable", row.Reclaimable)
                    ),
                ];
                Column[] columns =
                [
                    new("TYPE", static row => row.Text("Type")),
                    new("TOTAL", static row => $"{row.Number("Total")}"),
                    new("ACTIVE", static row => $"{row.Number("Active")}"),
                    new("SIZE", static row => row.Text("Size")),
                    new("RECLAIMABLE", static row => row.Text("Reclaimable")),
                ];
                await list.WriteAsync(session, line, rows, columns, static row => row.Text("Type"));
                foreach (var entry in usage.Objects)
                {
                    await session.Out.WriteLineAsync($"  {entry.Name}  {Human.ShortId(entry.Digest)}  {Human.Size(entry.Size)}");
                }

                return 0;
            }
        );
        return command;
    }
}
