using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data rm`: continues after an error and returns its exit code.</summary>
internal static class DataRemoveCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("DATASET") { Description = CommonOptions.References, Arity = ArgumentArity.OneOrMore };
        var force = CommonOptions.Force("Remove a dataset in use, and every name when given by id");
        var command = new Command("rm", "Remove datasets\n\nRemoves the name; data is deleted when no name refers to it.\n\nExamples:\n  ilab data rm birds")
        {
            names,
            force,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                return await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(names),
                    async name =>
                    {
                        var response = await client.Data.RemoveAsync(
                            new RemoveDatasetRequest { Reference = name, Force = line.GetValue(force) },
                            cancellationToken: cancellationToken
                        );
                        foreach (var removed in response.Untagged.Concat(response.Deleted))
                        {
                            await session.Out.WriteLineAsync(removed);
                        }
                    }
                );
            }
        );
        return command;
    }
}
