using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

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
        var pin = new Option<bool>("--pin") { Description = "Keep the model loaded until it is stopped" };
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
                    request.KeepAlive = Duration.FromTimeSpan(TimeSpan.FromSeconds(-1));
                }

                var progress = new ProgressLine(session, quiet: false);
                using var call = client.Inference.Load(request, cancellationToken: cancellationToken);
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var now = call.ResponseStream.Current;
                    if (now.Warning.Length > 0)
                    {
                        await progress.EndAsync();
                        await session.Error.WriteLineAsync($"Warning: {now.Warning}");
                    }

                    if (now.Model is { } model)
                    {
                        await progress.EndAsync();
                        await session.Out.WriteLineAsync(model.Name);
                    }
                    else
                    {
                        await progress.ShowAsync(
                            new TransferProgress
                            {
                                Phase = now.Phase,
                                Done = (ulong)(now.Fraction * 1000),
                                Total = 1000,
                            }
                        );
                    }
                }

                return 0;
            }
        );
        return command;
    }
}
