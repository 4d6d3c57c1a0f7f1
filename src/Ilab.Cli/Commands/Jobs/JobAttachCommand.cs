using System.CommandLine;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job attach`.</summary>
internal static class JobAttachCommand
{
    public static Command Create(Session session)
    {
        var id = new Argument<string>("JOB") { Description = "Id or unique prefix" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress" };
        var command = new Command("attach", "Follow a job until it ends; Ctrl-C detaches\n\nExample:\n  ilab job attach 3f2a91c40b7d") { id, quiet };
        command.SetAction(async (line, cancellationToken) =>
            await new JobFollower(session, await session.ClientAsync(cancellationToken), line.GetValue(quiet)).FollowAsync(line.GetRequiredValue(id), printResult: true, cancellationToken));
        return command;
    }
}
