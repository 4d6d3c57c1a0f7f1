using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job attach`.</summary>
internal static class JobAttachCommand
{
    public static Command Create(Session session)
    {
        var id = new Argument<string>("JOB") { Description = CommonOptions.JobId };
        var quiet = CommonOptions.Quiet();
        var command = new Command(
            "attach",
            "Follow a job to its end\n\nCtrl-C detaches; a second Ctrl-C cancels the job.\n\nExamples:\n  ilab job attach 3f2a91c40b7d"
        )
        {
            id,
            quiet,
        };
        command.SetAction(
            async (line, cancellationToken) =>
                await new JobFollower(session, await session.ClientAsync(cancellationToken), line.GetValue(quiet)).FollowAsync(
                    line.GetRequiredValue(id),
                    printResult: true,
                    cancellationToken
                )
        );
        return command;
    }
}
