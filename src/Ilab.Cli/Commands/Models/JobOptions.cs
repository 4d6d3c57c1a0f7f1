using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>Options of the commands that start a job with a named result, and how they follow it.</summary>
/// <param name="replace">The command's <c>--replace</c>.</param>
internal sealed class JobOptions(Option<bool> replace)
{
    private readonly Option<string[]> _label = CommonOptions.Label();
    private readonly Option<bool> _detach = CommonOptions.Detach();
    private readonly Option<bool> _quiet = CommonOptions.Quiet();

    public void AddTo(Command command)
    {
        command.Options.Add(replace);
        command.Options.Add(_label);
        command.Options.Add(_detach);
        command.Options.Add(_quiet);
    }

    public bool Replace(ParseResult line) => line.GetValue(replace);

    public Dictionary<string, string> Labels(ParseResult line) => LabelText.Parse(line.GetValue(_label));

    /// <summary>Starts the job and follows it, or prints its id with --detach.</summary>
    public async Task<int> FollowAsync(Session session, IlabClient client, ParseResult line, Func<Task<string>> start, CancellationToken cancellationToken)
    {
        string job;
        try
        {
            job = await start();
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired)
        {
            throw new IlabException(
                ErrorKind.PermissionDenied,
                exception.Message,
                "make the files readable for the service, or use a service of your own",
                exception
            );
        }

        if (line.GetValue(_detach))
        {
            await session.Out.WriteLineAsync(job);
            return 0;
        }

        return await new JobFollower(session, client, line.GetValue(_quiet)).FollowAsync(job, printResult: true, cancellationToken);
    }
}
