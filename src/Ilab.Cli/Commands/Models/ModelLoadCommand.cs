using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model load`.</summary>
internal static class ModelLoadCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("MODEL") { Description = CommonOptions.Reference };
        var context = new Option<uint>("--ctx")
        {
            Description = "Context size in tokens; 0 = automatic",
            HelpName = "TOKENS",
            DefaultValueFactory = static _ => 0,
        };
        var pin = new Option<bool>("--pin") { Description = "Keep the model loaded until it is stopped, whatever others need memory for" };
        var settings = new GenerationOptionSet("device", "gpu_layers");
        var command = new Command(
            "load",
            "Load a model into memory\n\nExamples:\n  ilab model load stories260k --pin\n" + "  ilab model load stories260k --device cuda0 --gpu-layers auto"
        )
        {
            name,
            context,
            pin,
        };
        settings.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = new LoadModelRequest
                {
                    Model = new ModelSelector { Name = line.GetRequiredValue(name) },
                    ContextLength = line.GetValue(context),
                };
                var load = new GenerationSettings();
                settings.Read(line, load);
                load.Place(request);
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
