using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job cancel`.</summary>
internal static class JobCancelCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var command = new Command("cancel", "End jobs\n\nExample:\n  ilab job cancel 3f2a91c40b7d") { ids };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var code = 0;
            foreach (var id in line.GetRequiredValue(ids))
            {
                try
                {
                    await session.Out.WriteLineAsync((await client.Jobs.CancelAsync(new CancelJobRequest { Id = id }, cancellationToken: cancellationToken)).Job.Id);
                }
                catch (IlabException exception)
                {
                    await session.SayAsync(CliProgram.Line(exception));
                    code = exception.ExitCode;
                }
            }

            return code;
        });
        return command;
    }
}
