using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model prune`.</summary>
internal static class ModelPruneCommand
{
    public static Command Create(Session session)
    {
        var all = new Option<bool>("--all", "-a") { Description = "Also models without a name" };
        var force = new Option<bool>("--force", "-f") { Description = "Do not ask" };
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would go" };
        var filter = new Option<string[]>("--filter") { Description = "until=TIME; may be repeated", HelpName = "FILTER" };
        var command = new Command("prune", "Remove what nothing needs\n\nExample:\n  ilab model prune --all --force") { all, force, dry, filter };
        command.SetAction(async (line, cancellationToken) =>
        {
            if (!line.GetValue(dry) && !line.GetValue(force) && !await Confirm.AskAsync(session, "This removes blobs that no model needs" + (line.GetValue(all) ? " and models without a name" : "") + ".", cancellationToken))
            {
                return 0;
            }

            var client = await session.ClientAsync(cancellationToken);
            var request = new PruneModelsRequest { All = line.GetValue(all), DryRun = line.GetValue(dry) };
            request.Filters.AddRange(line.GetValue(filter) ?? []);
            var response = await client.Models.PruneAsync(request, cancellationToken: cancellationToken);
            foreach (var gone in response.Deleted)
            {
                await session.Out.WriteLineAsync(gone);
            }

            await session.SayAsync($"{(request.DryRun ? "Would reclaim" : "Reclaimed")} {Human.Size(response.Reclaimed)}");
            return 0;
        });
        return command;
    }
}
