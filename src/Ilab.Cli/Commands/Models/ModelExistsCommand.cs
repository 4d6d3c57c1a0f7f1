using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model exists`: the answer is the exit code.</summary>
internal static class ModelExistsCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("MODEL") { Description = "Name, digest or unique digest prefix" };
        var command = new Command("exists", "Exit with 0 when a model is there, with 1 when it is not\n\nExample:\n  ilab model exists stories260k || ilab model import stories260K.gguf") { name };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            return (await client.Models.ExistsAsync(new ModelExistsRequest { Reference = line.GetRequiredValue(name) }, cancellationToken: cancellationToken)).Exists ? 0 : 1;
        });
        return command;
    }
}
