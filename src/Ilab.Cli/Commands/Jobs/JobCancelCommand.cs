using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job cancel`.</summary>
internal static class JobCancelCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Job ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var command = new Command("cancel", "Cancel jobs\n\nExamples:\n  ilab job cancel 3f2a91c40b7d") { ids };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                return await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(ids),
                    async id =>
                        await session.Out.WriteLineAsync(
                            (await client.Jobs.CancelAsync(new CancelJobRequest { Id = id }, cancellationToken: cancellationToken)).Job.Id
                        )
                );
            }
        );
        return command;
    }
}
