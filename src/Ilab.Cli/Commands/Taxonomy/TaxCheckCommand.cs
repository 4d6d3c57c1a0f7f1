using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Hosting;
using Ilab.Client;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>`tax check`.</summary>
internal static class TaxCheckCommand
{
    private const string Help = """
        Check files of questions and answers

        Files, folders with such files below them, or - for standard input; the current folder when nothing is named. Every problem of every file is told, with line,
        column, rule and what to do. Exit code 1 when there are errors.

        Examples:
          ilab tax check
          ilab tax check knowledge/science/birds/qna.yaml
          ilab tax check --fix compositional_skills
          ilab tax check --format sarif . > taxonomy.sarif
        """;

    public static Command Create(Session session)
    {
        var options = new CheckOptions();
        var paths = new Argument<string[]>("PATH") { Description = "Files, folders, or - for standard input", Arity = ArgumentArity.ZeroOrMore };
        var name = new Option<string?>("--name") { Description = "Path that standard input is taken for; its folders say what kind of file it is", HelpName = "PATH" };
        var fix = new Option<bool>("--fix") { Description = "Repair blanks, line ends, empty lines and indentation: shows a diff, then changes the files; standard input goes repaired to standard output" };
        var dryRun = new Option<bool>("--dry-run") { Description = "With --fix: only show the diff" };
        var yes = new Option<bool>("--yes", "-y") { Description = "With --fix: do not ask" };
        var command = new Command("check", Help) { paths, name, fix, dryRun, yes };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(fix) && (result.GetValue(dryRun) || result.GetValue(yes)))
            {
                result.AddError("--dry-run and --yes go with --fix");
            }
            else if (result.GetValue(fix) && result.GetValue(paths) is { Length: > 1 } all && all.Contains(LocalFiles.StandardInput))
            {
                result.AddError("--fix takes standard input or files, not both");
            }
        });
        command.SetAction(async (line, cancellationToken) =>
        {
            var named = line.GetValue(paths) is { Length: > 0 } some ? some : ["."];
            var files = named.SelectMany(LocalFiles.Below).Distinct().ToList();
            var client = await session.ClientAsync(cancellationToken);
            var wire = options.Read(line);
            wire.Fix = line.GetValue(fix);
            if (wire.Fix && files is [LocalFiles.StandardInput])
            {
                return await FilterAsync(session, client, wire, await FileReading.ReadAsync(LocalFiles.StandardInput, line.GetValue(name), cancellationToken), cancellationToken);
            }

            var verdicts = await CheckCall.RunAsync(client, wire, FileReading.ReadAllAsync(files, line.GetValue(name), cancellationToken), cancellationToken);
            if (wire.Fix && await FixCommandPart.ApplyAsync(session, verdicts, line.GetValue(dryRun), line.GetValue(yes), cancellationToken))
            {
                wire.Fix = false;
                verdicts = await CheckCall.RunAsync(client, wire, FileReading.ReadAllAsync(files, line.GetValue(name), cancellationToken), cancellationToken);
            }

            return await Report.WriteAsync(session, line, options, verdicts);
        });
        return command;
    }

    /// <summary>As a filter: the text on standard output, repaired where that is possible, and what is left on standard error.</summary>
    private static async Task<int> FilterAsync(Session session, IlabClient client, CheckTaxonomyOptions options, TaxonomyFile file, CancellationToken cancellationToken)
    {
        var verdict = (await CheckCall.RunAsync(client, options, Once(file), cancellationToken))[0];
        if (verdict.Fix is { } fix)
        {
            file.Content = fix.Content;
            file.Size = (ulong)fix.Content.Length;
            verdict = (await CheckCall.RunAsync(client, options, Once(file), cancellationToken))[0];
        }

        await using (var output = Console.OpenStandardOutput())
        {
            await output.WriteAsync(file.Content.Memory, cancellationToken);
        }

        await TextReport.WriteAsync(session.Error, [verdict]);
        return verdict.Valid ? 0 : 1;
    }

    private static async IAsyncEnumerable<TaxonomyFile> Once(TaxonomyFile file)
    {
        await Task.CompletedTask;
        yield return file;
    }
}
