using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job inspect`: a JSON array.</summary>
internal static class JobInspectCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var format = new Option<string?>("--format") { Description = "json, or a template", HelpName = "FORMAT" };
        var command = new Command("inspect", "Show everything about jobs\n\nExample:\n  ilab job inspect 3f2a91c40b7d") { ids, format };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var found = new List<Data>();
            var code = 0;
            foreach (var id in line.GetRequiredValue(ids))
            {
                try
                {
                    var response = await client.Jobs.InspectAsync(new InspectJobRequest { Id = id }, cancellationToken: cancellationToken);
                    found.Add(JobData.Of(response.Job).Add("Request", response.RequestJson).Add("LastSequence", response.LastSequence).Add("Directory", response.Directory));
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
