using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model cp`: copies no bytes.</summary>
internal static class ModelCopyCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "Name, digest or unique digest prefix" };
        var target = new Argument<string>("NAME") { Description = "Name of the copy" };
        var replace = new Option<bool>("--replace") { Description = "Take the name over when another model has it" };
        var command = new Command("cp", "Copy a model under another name, without copying its bytes\n\nExample:\n  ilab model cp stories260k stories-mine") { source, target, replace };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var response = await client.Models.CopyAsync(new CopyModelRequest { Source = line.GetRequiredValue(source), Target = line.GetRequiredValue(target), Replace = line.GetValue(replace) }, cancellationToken: cancellationToken);
            await session.Out.WriteLineAsync(response.Model.Name);
            return 0;
        });
        return command;
    }
}
