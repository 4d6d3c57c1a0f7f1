using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model prune`.</summary>
internal static class ModelPruneCommand
{
    public static Command Create(Session session)
    {
        var all = new Option<bool>("--all", "-a") { Description = "Remove models without a name, too" };
        var force = CommonOptions.Force("Do not ask for confirmation");
        var dry = CommonOptions.DryRun();
        var filter = CommonOptions.Filter("until");
        var command = new Command(
            "prune",
            "Remove unused model data\n\nData is unused when no name refers to it. Without --force the command asks first.\n\nExamples:\n"
                + "  ilab model prune --all --force"
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
                    && !await Confirm.AskAsync(
                        session,
                        "This removes unused model data" + (line.GetValue(all) ? " and models without a name" : "") + ".",
                        "--force",
                        cancellationToken
                    )
                )
                {
                    return 0;
                }

                var client = await session.ClientAsync(cancellationToken);
                var request = new PruneModelsRequest { All = line.GetValue(all), DryRun = line.GetValue(dry) };
                request.Filters.AddRange(line.GetValue(filter) ?? []);
                var response = await client.Models.PruneAsync(request, cancellationToken: cancellationToken);
                foreach (var removed in response.Deleted)
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
