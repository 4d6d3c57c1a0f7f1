using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job rm`.</summary>
internal static class JobRemoveCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Job ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var force = CommonOptions.Force("Cancel a running job first");
        var command = new Command("rm", "Remove finished jobs\n\nExamples:\n  ilab job rm 3f2a91c40b7d") { ids, force };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                return await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(ids),
                    async id =>
                    {
                        var request = new RemoveJobRequest { Id = id, Force = line.GetValue(force) };
                        await session.Out.WriteLineAsync((await client.Jobs.RemoveAsync(request, cancellationToken: cancellationToken)).Id);
                    }
                );
            }
        );
        return command;
    }
}
