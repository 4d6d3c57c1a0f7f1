using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Shows the fixes of `tax check --fix` as a diff and writes them.</summary>
internal static class FixWriter
{
    /// <returns>Whether files were written and have to be checked again.</returns>
    public static async Task<bool> ApplyAsync(
        Session session,
        IReadOnlyList<TaxonomyVerdict> verdicts,
        bool dryRun,
        bool yes,
        CancellationToken cancellationToken
    )
    {
        var fixes = verdicts.Where(static verdict => verdict.Fix is not null).ToList();
        foreach (var verdict in fixes)
        {
            foreach (var line in verdict.Fix.Diff.TrimEnd('\n').Split('\n'))
            {
                await session.SayAsync(TextReport.Visible(line.Replace("\t", "        ", StringComparison.Ordinal)));
            }
        }

        if (fixes.Count == 0 || dryRun)
        {
            return false;
        }

        var files = fixes.Count == 1 ? fixes[0].Path : $"{fixes.Count} files";
        if (!yes && !await Confirm.AskAsync(session, $"This changes {files}.", "--yes", cancellationToken))
        {
            return false;
        }

        foreach (var verdict in fixes)
        {
            await OutputFile.WriteAsync(verdict.Path, replace: true, verdict.Fix.Content.Memory, cancellationToken);
        }

        await session.SayAsync($"{files} changed, {fixes.Sum(static verdict => verdict.Fix.Repaired)} findings fixed");
        return true;
    }
}
