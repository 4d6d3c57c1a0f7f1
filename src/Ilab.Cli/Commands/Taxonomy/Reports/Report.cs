using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Taxonomy.Reports;

/// <summary>Writes verdicts in the requested format and returns the exit code.</summary>
internal static class Report
{
    public static async Task<int> WriteAsync(Session session, ParseResult line, CheckOptions options, IReadOnlyList<TaxonomyVerdict> verdicts)
    {
        var format = line.GetValue(options.Format) ?? "text";
        var failed =
            verdicts.Any(static verdict => !verdict.Valid) || (line.GetValue(options.Strict) && verdicts.Any(static verdict => verdict.Findings.Count > 0));
        if (line.GetValue(options.Quiet))
        {
            foreach (var verdict in verdicts.Where(static verdict => !verdict.Valid))
            {
                await session.Out.WriteLineAsync(verdict.Path);
            }

            return failed ? 1 : 0;
        }

        switch (format)
        {
            case "text":
                await TextReport.WriteAsync(session.Out, verdicts);
                await session.Out.FlushAsync();
                await session.SayAsync(TextReport.Summary(verdicts));
                break;
            case "github":
                await GithubReport.WriteAsync(session.Out, verdicts);
                break;
            case "sarif":
                await session.Out.WriteLineAsync(JsonText.Of(SarifReport.Of(verdicts)));
                break;
            default:
                await ListOutput.WriteObjectsAsync(session, format, [.. verdicts.Select(VerdictData.Of)]);
                break;
        }

        return failed ? 1 : 0;
    }
}
