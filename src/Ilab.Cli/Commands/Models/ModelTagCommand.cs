using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model tag`: prints nothing, as podman does, unless a name leaves another model.</summary>
internal static class ModelTagCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = CommonOptions.Reference };
        var target = new Argument<string>("NAME") { Description = "Name to add; an existing name is moved to this model" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Do not say which model had the name before" };
        var command = new Command("tag", "Add a name to a model\n\nExamples:\n  ilab model tag stories260k team/stories:v1") { source, target, quiet };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = new TagModelRequest { Source = line.GetRequiredValue(source), Target = line.GetRequiredValue(target) };
                var tagged = await client.Models.TagAsync(request, cancellationToken: cancellationToken);
                if (tagged.MovedFrom.Length > 0 && !line.GetValue(quiet))
                {
                    await session.SayAsync($"{tagged.Model.Name} was {await NameOfAsync(client, tagged.MovedFrom, cancellationToken)}");
                }

                return 0;
            }
        );
        return command;
    }

    /// <summary>The id of a model, with another name if it has one.</summary>
    private static async Task<string> NameOfAsync(IlabClient client, string digest, CancellationToken cancellationToken)
    {
        var id = Human.ShortId(digest);
        var before = await client.Models.InspectAsync(new InspectModelRequest { Reference = digest }, cancellationToken: cancellationToken);
        return before.Names.Count > 0 ? $"{before.Names[0]} ({id})" : $"{id}, which has no name now";
    }
}
