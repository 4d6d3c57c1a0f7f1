using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>`job inspect`: a JSON array.</summary>
internal static class JobInspectCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("JOB") { Description = "Job ids or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var format = CommonOptions.ObjectFormat("{{.Status}}");
        var plot = new Option<string?>("--plot") { Description = "Plot the training loss to an .svg file, or - for the terminal", HelpName = "FILE" };
        var metrics = new Option<string?>("--metrics")
        {
            Description = "Write the training metrics of every step as JSON Lines; - for standard output",
            HelpName = "FILE",
        };
        var board = new Option<string?>("--tensorboard") { Description = "Write the training metrics as a TensorBoard event file", HelpName = "DIR" };
        var command = new Command(
            "inspect",
            "Show details of jobs\n\nExamples:\n  ilab job inspect 3f2a91c40b7d\n  ilab job inspect 3f2a91c40b7d --plot " + "loss.svg"
        )
        {
            ids,
            format,
            plot,
            metrics,
            board,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var found = new List<Data>();
                var code = await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(ids),
                    async id =>
                    {
                        var response = await client.Jobs.InspectAsync(new InspectJobRequest { Id = id }, cancellationToken: cancellationToken);
                        var files = new JobMetricsFiles(session, client, response.Job);
                        if (!await WriteAsync(files, line.GetValue(plot), line.GetValue(metrics), line.GetValue(board), cancellationToken))
                        {
                            found.Add(
                                JobData
                                    .Of(response.Job)
                                    .Add("Request", response.RequestJson)
                                    .Add("LastSequence", response.LastSequence)
                                    .Add("Directory", response.Directory)
                                    .Add("Memory", response.Memory)
                            );
                        }
                    }
                );
                if (found.Count > 0 || (line.GetValue(plot) ?? line.GetValue(metrics) ?? line.GetValue(board)) is null)
                {
                    await ListOutput.WriteObjectsAsync(session, line.GetValue(format), found);
                }

                return code;
            }
        );
        return command;
    }

    /// <returns>Whether files were requested instead of the details.</returns>
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
