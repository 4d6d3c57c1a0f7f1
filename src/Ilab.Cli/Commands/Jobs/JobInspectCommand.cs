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
        var plot = new Option<string?>("--plot") { Description = "Plot the training loss to an .svg file, or - for the terminal", HelpName = "FILE" };
        var metrics = new Option<string?>("--metrics") { Description = "Write what a training measured at each step as JSON lines; - for standard output", HelpName = "FILE" };
        var board = new Option<string?>("--tensorboard") { Description = "Write it as a TensorBoard event file", HelpName = "FOLDER" };
        var command = new Command("inspect", "Show everything about jobs\n\nExamples:\n  ilab job inspect 3f2a91c40b7d\n  ilab job inspect 3f2a91c40b7d --plot loss.svg") { ids, format, plot, metrics, board };
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
                    var files = new JobMetricsFiles(session, client, response.Job);
                    if (await WriteAsync(files, line.GetValue(plot), line.GetValue(metrics), line.GetValue(board), cancellationToken))
                    {
                        continue;
                    }

                    found.Add(JobData.Of(response.Job).Add("Request", response.RequestJson).Add("LastSequence", response.LastSequence).Add("Directory", response.Directory).Add("Memory", response.Memory));
                }
                catch (IlabException exception)
                {
                    await session.SayAsync(CliProgram.Line(exception));
                    code = exception.ExitCode;
                }
            }

            if (found.Count > 0 || (line.GetValue(plot) ?? line.GetValue(metrics) ?? line.GetValue(board)) is null)
            {
                await ListOutput.WriteObjectsAsync(session, line.GetValue(format), found);
            }

            return code;
        });
        return command;
    }

    /// <returns>Whether something was to be written instead of shown.</returns>
    private static async Task<bool> WriteAsync(JobMetricsFiles files, string? plot, string? metrics, string? board, CancellationToken cancellationToken)
    {
        if (plot is not null)
        {
            await files.PlotAsync(plot, cancellationToken);
        }

        if (metrics is not null)
        {
            await files.WriteLinesAsync(metrics, cancellationToken);
        }

        if (board is not null)
        {
            await files.WriteTensorBoardAsync(board, cancellationToken);
        }

        return (plot ?? metrics ?? board) is not null;
    }
}
