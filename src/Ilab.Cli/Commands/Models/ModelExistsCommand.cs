using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model exists`: answers with its exit code.</summary>
internal static class ModelExistsCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("MODEL") { Description = CommonOptions.Reference };
        var command = new Command(
            "exists",
            "Check whether a model exists\n\nPrints nothing. Exit code 0: the model exists; 1: it does not.\n\nExamples:\n"
                + "  ilab model exists stories260k || ilab model import stories260K.gguf"
        )
        {
            name,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                return (
                    await client.Models.ExistsAsync(new ModelExistsRequest { Reference = line.GetRequiredValue(name) }, cancellationToken: cancellationToken)
                ).Exists
                    ? 0
                    : 1;
            }
        );
        return command;
    }
}
