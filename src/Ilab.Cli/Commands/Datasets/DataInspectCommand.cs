using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data inspect`: a JSON array, one object for each dataset that was found.</summary>
internal static class DataInspectCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("DATASET") { Description = "Names, digests or unique digest prefixes", Arity = ArgumentArity.OneOrMore };
        var format = new Option<string?>("--format") { Description = "json, or a template", HelpName = "FORMAT" };
        var command = new Command("inspect", "Show everything about datasets: files, statistics, where they come from\n\nExamples:\n  ilab data inspect birds\n  ilab data inspect birds --format '{{.Lineage.Teacher}}'") { names, format };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var found = new List<Data>();
            var code = 0;
            foreach (var name in line.GetRequiredValue(names))
            {
                try
                {
                    found.Add(DatasetData.Of(await client.Data.InspectAsync(new InspectDatasetRequest { Reference = name }, cancellationToken: cancellationToken)));
                }
                catch (IlabException exception)
                {
                    await session.SayAsync(CliProgram.Line(exception));
                    code = exception.ExitCode;
                }
            }

            await ListOutput.WriteObjectsAsync(session, line.GetValue(format), found);
            return code;
        });
        return command;
    }
}
