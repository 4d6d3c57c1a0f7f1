using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model load`.</summary>
internal static class ModelLoadCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("MODEL") { Description = CommonOptions.Reference };
        var pin = new Option<bool>("--pin") { Description = "Keep the model loaded until it is stopped, whatever others need memory for" };
        var options = new LoadOptionSet();
        var command = new Command(
            "load",
            "Load a model into memory\n\nWith --draft a model that is loaded without it is loaded again once it is idle; requests for the model then use it "
                + "until it is unloaded.\n\nExamples:\n  ilab model load stories260k --pin\n  ilab model load stories260k --device cuda0 --gpu-layers auto\n"
                + "  ilab model load qwen3-8b --draft qwen3-0.6b"
        )
        {
            name,
            pin,
        };
        options.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = options.Read(line, line.GetRequiredValue(name));
                if (line.GetValue(pin))
                {
                    request.Pin = true;
                }

                var model = await ModelLoading.RunAsync(session, client, request, quiet: false, cancellationToken);
                await session.Out.WriteLineAsync(model.Name);
                return 0;
            }
        );
        return command;
    }
}
