using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model tag`: prints nothing, as podman does.</summary>
internal static class ModelTagCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = CommonOptions.Reference };
        var target = new Argument<string>("NAME") { Description = "Name to add; an existing name is moved to this model" };
        var command = new Command("tag", "Add a name to a model\n\nExamples:\n  ilab model tag stories260k team/stories:v1") { source, target };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                await client.Models.TagAsync(
                    new TagModelRequest { Source = line.GetRequiredValue(source), Target = line.GetRequiredValue(target) },
                    cancellationToken: cancellationToken
                );
                return 0;
            }
        );
        return command;
    }
}
