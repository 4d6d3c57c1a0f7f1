using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model tag`: silent, as with containers.</summary>
internal static class ModelTagCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "Name, digest or unique digest prefix" };
        var target = new Argument<string>("NAME") { Description = "Name to add; it moves when another model has it" };
        var command = new Command("tag", "Give a model one more name\n\nExample:\n  ilab model tag stories260k team/stories:v1") { source, target };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            await client.Models.TagAsync(new TagModelRequest { Source = line.GetRequiredValue(source), Target = line.GetRequiredValue(target) }, cancellationToken: cancellationToken);
            return 0;
        });
        return command;
    }
}
