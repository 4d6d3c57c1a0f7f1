using System.Text;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Jobs.Plots;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Jobs;

/// <summary>Writes the metrics of a training job as a plot, as JSON Lines, or as a TensorBoard event file.</summary>
internal sealed class JobMetricsFiles(Session session, IlabClient client, Job job)
{
    private const int Columns = 78,
        Rows = 16;
    private string? _lines;

    /// <param name="file">An .svg file; - plots on the terminal.</param>
    public async Task PlotAsync(string file, CancellationToken cancellationToken)
    {
        var curve = LossCurve.Read($"loss of job {job.Id[..12]}: {job.Title}", await LinesAsync(cancellationToken));
        if (curve.Training.Count == 0)
        {
            throw new IlabException(ErrorKind.NotFound, $"job {job.Id[..12]} has no metrics", "metrics are recorded from the first training step on");
        }

        switch (file == "-" ? "-" : Path.GetExtension(file).ToLowerInvariant())
        {
            case "-":
                await session.Out.WriteAsync(TerminalPlot.Draw(curve, Columns, Rows));
                break;
            case ".svg":
                await WriteAsync(file, SvgPlot.Draw(curve), cancellationToken);
                break;
            default:
                throw new IlabException(
                    ErrorKind.InvalidArgument,
                    $"{file}: a plot is an .svg file, or - for the terminal",
                    $"write {Path.ChangeExtension(file, ".svg")}"
                );
        }
    }

    /// <param name="file">- for standard output.</param>
    public async Task WriteLinesAsync(string file, CancellationToken cancellationToken)
    {
        var text = string.Concat((await LinesAsync(cancellationToken)).Select(static line => line + "\n"));
        if (file == "-")
        {
            await session.Out.WriteAsync(text);
            return;
        }

        await WriteAsync(file, text, cancellationToken);
    }

    /// <param name="folder">Log directory of TensorBoard; created if it does not exist.</param>
    public async Task WriteTensorBoardAsync(string folder, CancellationToken cancellationToken)
    {
        var lines = await LinesAsync(cancellationToken);
        OutputFile.CreateDirectory(folder);
        var file = Path.Combine(folder, $"events.out.tfevents.{job.Created.Seconds}.{job.Id[..12]}");
        using var content = new MemoryStream();
        TensorBoardFile.Write(content, lines);
        await OutputFile.WriteAsync(file, replace: true, content.ToArray(), cancellationToken);
    }

    private static Task WriteAsync(string file, string text, CancellationToken cancellationToken) =>
        OutputFile.WriteAsync(file, replace: true, Encoding.UTF8.GetBytes(text), cancellationToken);

    private async Task<string[]> LinesAsync(CancellationToken cancellationToken)
    {
        if (_lines is null)
        {
            using var call = client.Jobs.Metrics(new JobMetricsRequest { Id = job.Id }, cancellationToken: cancellationToken);
            var text = new StringBuilder();
            await foreach (var part in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                text.Append(part.Lines.ToStringUtf8());
            }

            _lines = text.ToString();
        }

        return _lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
