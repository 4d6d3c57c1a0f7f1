using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model cp`: another name for the same data.</summary>
internal static class ModelCopyCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = CommonOptions.Reference };
        var target = new Argument<string>("NAME") { Description = "Name of the copy" };
        var replace = CommonOptions.Replace("model");
        var command = new Command(
            "cp",
            "Copy a model to another name\n\nNo data is copied: both names refer to the same digest.\n\nExamples:\n"
                + "  ilab model cp stories260k stories-mine"
        )
        {
            source,
            target,
            replace,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var response = await client.Models.CopyAsync(
                    new CopyModelRequest
                    {
                        Source = line.GetRequiredValue(source),
                        Target = line.GetRequiredValue(target),
                        Replace = line.GetValue(replace),
                    },
                    cancellationToken: cancellationToken
                );
                await session.Out.WriteLineAsync(response.Model.Name);
                return 0;
            }
        );
        return command;
    }
}
