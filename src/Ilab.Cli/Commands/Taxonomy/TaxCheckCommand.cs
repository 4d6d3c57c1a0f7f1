using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>`tax check`.</summary>
internal static class TaxCheckCommand
{
    private const string Help = """
        Validate qna.yaml files

        Takes files, directories that are searched for qna.yaml files, or - for standard input; the default is the current directory. Reports every problem
        with line, column, rule and fix. Exit code 1 when there are errors.

        Examples:
          ilab tax check
          ilab tax check knowledge/science/birds/qna.yaml
          ilab tax check --fix compositional_skills
          ilab tax check --format sarif . > taxonomy.sarif
        """;

    public static Command Create(Session session)
    {
        var options = new CheckOptions();
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files, directories, or - for standard input [default: the current directory]",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var name = new Option<string?>("--name")
        {
            Description = "Path to assume for standard input; its directories determine the kind of file",
            HelpName = "PATH",
        };
        var fix = new Option<bool>("--fix")
        {
            Description =
                "Fix whitespace, line ends, empty lines and indentation: shows a diff and asks before it changes files; standard input is "
                + "fixed to standard output",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "With --fix: show the diff; change nothing" };
        var yes = new Option<bool>("--yes", "-y") { Description = "With --fix: do not ask for confirmation" };
        var command = new Command("check", Help) { paths, name, fix, dryRun, yes };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (!result.GetValue(fix) && (result.GetValue(dryRun) || result.GetValue(yes)))
            {
                result.AddError("--dry-run and --yes require --fix");
            }
            else if (result.GetValue(fix) && result.GetValue(paths) is { Length: > 1 } all && all.Contains(LocalFiles.StandardInput))
            {
                result.AddError("--fix takes either standard input or files");
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var named = line.GetValue(paths) is { Length: > 0 } some ? some : ["."];
                var files = named.SelectMany(LocalFiles.Below).Distinct().ToList();
                if (files.Count == 0)
                {
                    throw new IlabException(
                        ErrorKind.NotFound,
                        $"no {LocalFiles.FileName} files below {string.Join(", ", named)}",
                        "name a taxonomy directory or a file"
                    );
                }

                var client = await session.ClientAsync(cancellationToken);
                var wire = options.Read(line);
                wire.Fix = line.GetValue(fix);
                if (wire.Fix && files is [LocalFiles.StandardInput])
                {
                    return await FilterAsync(
                        session,
                        client,
                        wire,
                        await FileReading.ReadAsync(LocalFiles.StandardInput, line.GetValue(name), cancellationToken),
                        cancellationToken
                    );
                }

                var verdicts = await CheckCall.RunAsync(
                    client,
                    wire,
                    FileReading.ReadAllAsync(files, line.GetValue(name), cancellationToken),
                    cancellationToken
                );
                if (wire.Fix && await FixWriter.ApplyAsync(session, verdicts, line.GetValue(dryRun), line.GetValue(yes), cancellationToken))
                {
                    wire.Fix = false;
                    verdicts = await CheckCall.RunAsync(
                        client,
                        wire,
                        FileReading.ReadAllAsync(files, line.GetValue(name), cancellationToken),
                        cancellationToken
                    );
                }

                return await Report.WriteAsync(session, line, options, verdicts);
            }
        );
        return command;
    }

    /// <summary>As a filter: the fixed text to standard output, the remaining findings to standard error.</summary>
    private static async Task<int> FilterAsync(
        Session session,
        IlabClient client,
        CheckTaxonomyOptions options,
        TaxonomyFile file,
        CancellationToken cancellationToken
    )
    {
        var verdict = (await CheckCall.RunAsync(client, options, Once(file), cancellationToken))[0];
        if (verdict.Fix is { } fix)
        {
            file.Content = fix.Content;
            file.Size = (ulong)fix.Content.Length;
            verdict = (await CheckCall.RunAsync(client, options, Once(file), cancellationToken))[0];
        }

        await using (var output = StandardStreams.OpenOutput())
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
