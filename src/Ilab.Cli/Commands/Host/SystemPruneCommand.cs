using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system prune`.</summary>
internal static class SystemPruneCommand
{
    public static Command Create(Session session)
    {
        var all = new Option<bool>("--all", "-a") { Description = "Also remove models and datasets without a name" };
        var force = CommonOptions.Force("Do not ask for confirmation");
        var dry = CommonOptions.DryRun();
        var filter = CommonOptions.Filter("until");
        var command = new Command(
            "prune",
            "Remove unused data\n\nRemoves unused data, stale partial downloads and finished jobs. Without --force the command asks first.\n\n"
                + "Examples:\n  ilab system prune --force"
        )
        {
            all,
            force,
            dry,
            filter,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                if (
                    !line.GetValue(dry)
                    && !line.GetValue(force)
                    && !await Confirm.AskAsync(session, "This removes unused data, stale partial downloads and finished jobs.", "--force", cancellationToken)
                )
                {
                    return 0;
                }

                var client = await session.ClientAsync(cancellationToken);
                var request = new PruneSystemRequest { All = line.GetValue(all), DryRun = line.GetValue(dry) };
                request.Filters.AddRange(line.GetValue(filter) ?? []);
                var response = await client.System.PruneAsync(request, cancellationToken: cancellationToken);
                foreach (var removed in response.Models.Concat(response.Datasets).Concat(response.Jobs))
                {
                    await session.Out.WriteLineAsync(removed);
                }

                await session.SayAsync($"{(request.DryRun ? "Would reclaim" : "Reclaimed")} {Human.Size(response.Reclaimed)}");
                return 0;
            }
        );
        return command;
    }
}
