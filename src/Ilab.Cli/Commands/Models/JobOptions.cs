using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>What every command has that starts a job which makes a model.</summary>
internal sealed class JobOptions(string replaceDescription)
{
    private readonly Option<bool> _replace = new("--replace") { Description = replaceDescription };
    private readonly Option<string[]> _label = new("--label") { Description = "KEY=VALUE; may be repeated", HelpName = "LABEL" };
    private readonly Option<bool> _detach = new("--detach", "-d") { Description = "Print the job's id and return" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress" };

    public void AddTo(Command command)
    {
        command.Options.Add(_replace);
        command.Options.Add(_label);
        command.Options.Add(_detach);
        command.Options.Add(_quiet);
    }

    public bool Replace(ParseResult line) => line.GetValue(_replace);

    public Dictionary<string, string> Labels(ParseResult line) => ModelData.ParseLabels(line.GetValue(_label));

    /// <summary>Starts the job, and follows it unless it is to run by itself.</summary>
    public async Task<int> FollowAsync(Session session, IlabClient client, ParseResult line, Func<Task<string>> start, CancellationToken cancellationToken)
    {
        string job;
        try
        {
            job = await start();
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.UploadRequired)
        {
            throw new IlabException(ErrorKind.PermissionDenied, exception.Message, "make the files readable for everybody, or run a service of your own", exception);
        }

        if (line.GetValue(_detach))
        {
            await session.Out.WriteLineAsync(job);
            return 0;
        }

        return await new JobFollower(session, client, line.GetValue(_quiet)).FollowAsync(job, printResult: true, cancellationToken);
    }
}
