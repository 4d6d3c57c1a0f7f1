using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job wait`: prints the exit code of each job and returns the last one that was not 0.</summary>
internal static class JobWaitCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Job ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var command = new Command("wait", "Wait for jobs and print their exit codes\n\nExamples:\n  ilab job wait 3f2a91c40b7d") { ids };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var code = 0;
                foreach (var id in line.GetRequiredValue(ids))
                {
                    var ended = (await client.Jobs.WaitAsync(new WaitJobRequest { Id = id }, cancellationToken: cancellationToken)).ExitCode;
                    await session.Out.WriteLineAsync(ended.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    code = ended != 0 ? ended : code;
                }

                return code;
            }
        );
        return command;
    }
}
