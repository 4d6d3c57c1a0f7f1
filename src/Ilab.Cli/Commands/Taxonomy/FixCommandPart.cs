using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Shows what mechanical repair would change, and changes it.</summary>
internal static class FixCommandPart
{
    /// <returns>Whether files were written, so that what is left has to be looked at again.</returns>
    public static async Task<bool> ApplyAsync(Session session, IReadOnlyList<TaxonomyVerdict> verdicts, bool dryRun, bool yes, CancellationToken cancellationToken)
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
        if (!yes && session.InputIsTerminal && !await Confirm.AskAsync(session, $"{files} will be changed.", cancellationToken))
        {
            return false;
        }

        foreach (var verdict in fixes)
        {
            await WriteAsync(verdict.Path, verdict.Fix.Content.Memory, cancellationToken);
        }

        await session.SayAsync($"{files} changed, {fixes.Sum(static verdict => verdict.Fix.Repaired)} findings repaired");
        return true;
    }

    /// <summary>Whole or not at all; the file keeps its rights, and a link stays a link.</summary>
    private static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        var part = $"{target}.{Environment.ProcessId}.part";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = File.GetUnixFileMode(target) };
            await using (var stream = new FileStream(part, options))
            {
                await stream.WriteAsync(content, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(part, target, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
