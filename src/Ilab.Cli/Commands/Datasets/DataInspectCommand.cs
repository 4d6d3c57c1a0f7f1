using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data inspect`: a JSON array with one object per dataset found.</summary>
internal static class DataInspectCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("DATASET") { Description = CommonOptions.References, Arity = ArgumentArity.OneOrMore };
        var format = CommonOptions.ObjectFormat("{{.Lineage.Teacher}}");
        var command = new Command(
            "inspect",
            "Show files, statistics and lineage of datasets\n\nExamples:\n  ilab data inspect birds\n"
                + "  ilab data inspect birds --format '{{.Lineage.Teacher}}'"
        )
        {
            names,
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
                            DatasetData.Of(await client.Data.InspectAsync(new InspectDatasetRequest { Reference = name }, cancellationToken: cancellationToken))
                        )
                );
                await ListOutput.WriteObjectsAsync(session, line.GetValue(format), found);
                return code;
            }
        );
        return command;
    }
}
