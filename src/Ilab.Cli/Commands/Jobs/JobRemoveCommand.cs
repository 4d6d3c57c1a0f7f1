using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job rm`.</summary>
internal static class JobRemoveCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("--force", "-f") { Description = "Cancel first" };
        var command = new Command("rm", "Forget ended jobs\n\nExample:\n  ilab job rm 3f2a91c40b7d") { ids, force };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var code = 0;
            foreach (var id in line.GetRequiredValue(ids))
            {
                try
                {
                    await session.Out.WriteLineAsync((await client.Jobs.RemoveAsync(new RemoveJobRequest { Id = id, Force = line.GetValue(force) }, cancellationToken: cancellationToken)).Id);
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
