using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model inspect`: a JSON array with one object per model found.</summary>
internal static class ModelInspectCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("MODEL") { Description = CommonOptions.References, Arity = ArgumentArity.OneOrMore };
        var tensors = new Option<bool>("--tensors") { Description = "Include the list of tensors" };
        var format = CommonOptions.ObjectFormat("{{.Architecture}}");
        var command = new Command(
            "inspect",
            "Show details of models\n\nExamples:\n  ilab model inspect stories260k\n  ilab model inspect stories260k --format '{{.Architecture}} "
                + "{{.Parameters}}'"
        )
        {
            names,
            tensors,
            format,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var found = new List<Data>();
                var code = await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(names),
                    async name =>
                        found.Add(
                            Of(
                                await client.Models.InspectAsync(
                                    new InspectModelRequest { Reference = name, Tensors = line.GetValue(tensors) },
                                    cancellationToken: cancellationToken
                                )
                            )
                        )
                );
                await ListOutput.WriteObjectsAsync(session, line.GetValue(format), found);
                return code;
            }
        );
        return command;
    }

    private static Data Of(ModelSettings settings)
    {
        var parameters = new Data();
        foreach (var (name, value) in settings.Parameters.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            parameters.Add(name, value);
        }

        if (settings.Stop.Count > 0)
        {
            parameters.Add("stop", settings.Stop.ToList());
        }

        return new Data()
            .Add("System", settings.System)
            .Add("Template", settings.Template)
            .Add("Parameters", parameters)
            .Add("Messages", settings.Messages.Select(static turn => new Data().Add("Role", turn.Role).Add("Content", turn.Content)).ToList());
    }

    private static Data Of(InspectModelResponse response)
    {
        var data = ModelData.Of(response.Model);
        data.Add("Names", response.Names.ToList());
        data.Add("Capabilities", response.Capabilities.ToList());
        if (response.Abilities is { } abilities)
        {
            data.Add("Training", abilities.Training.ToList());
            data.Add("TrainingProblem", abilities.TrainingProblem);
            data.Add("Modules", abilities.Modules.ToList());
            data.Add("ConvertsBack", abilities.FolderClass);
            data.Add("ConvertsBackProblem", abilities.FolderProblem);
            data.Add("Warnings", abilities.Warnings.ToList());
        }

        data.Add("License", response.License);
        data.Add("ChatTemplate", response.ChatTemplate);
        if (response.Settings is { } settings)
        {
            data.Add("Settings", Of(settings));
        }

        data.Add("TensorCount", response.TensorCount);
        data.Add(
            "Layers",
            response
                .Layers.Select(static layer =>
                    new Data().Add("MediaType", layer.MediaType).Add("Digest", layer.Digest).Add("Size", layer.Size).Add("Path", layer.Path)
                )
                .ToList()
        );
        var metadata = new Data();
        foreach (var entry in response.Metadata)
        {
            metadata.Add(entry.Key, entry.Value);
        }

        data.Add("Metadata", metadata);
        if (response.Tensors.Count > 0)
        {
            data.Add(
                "Tensors",
                response
                    .Tensors.Select(static tensor =>
                        new Data().Add("Name", tensor.Name).Add("Type", tensor.Type).Add("Shape", tensor.Shape.ToList()).Add("Bytes", tensor.Bytes)
                    )
                    .ToList()
            );
        }

        return data;
    }
}
