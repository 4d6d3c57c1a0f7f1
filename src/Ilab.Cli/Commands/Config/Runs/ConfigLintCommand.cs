using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>`config lint`: works without the service.</summary>
internal static class ConfigLintCommand
{
    private const string Help = """
        Check run configs

        Reads files for training, evaluation and inference, and every other kind that Oumi has, and reports all problems with line, column, rule and fix:
        unknown keys, wrong types, missing values, settings that exclude each other, and values that mean something else than they look like. Exit code 1
        when there are errors.

        Examples:
          ilab config lint train.yaml
          ilab config lint --strict configs/*.yaml
          ilab config lint --format sarif train.yaml > lint.sarif
          cat train.yaml | ilab config lint -
        """;

    public static Command Create(Session session)
    {
        var files = new Argument<string[]>("FILE") { Description = "Files, or - for standard input", Arity = ArgumentArity.OneOrMore };
        var kind = RunFiles.KindOption();
        var format = new Option<string?>("--format")
        {
            Description = "text, json, sarif, or a Go template per file such as '{{.Path}} {{.Valid}}' [default: text]",
            HelpName = "FORMAT",
        };
        var strict = new Option<bool>("--strict") { Description = "Treat warnings as errors" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Leave out notes" };
        var command = new Command("lint", Help) { files, kind, format, strict, quiet };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var least = line.GetValue(quiet) ? ProblemLevel.Warning : ProblemLevel.Note;
                var results = new List<LintResult>();
                foreach (var file in line.GetRequiredValue(files))
                {
                    var reading = await RunFiles.ReadAsync(file, RunKinds.Find(line.GetValue(kind)), [], lint: true, cancellationToken);
                    results.Add(
                        new LintResult(
                            RunFiles.Shown(file),
                            reading.Kind is { } found ? RunKinds.NameOf(found) : "",
                            [.. reading.Problems.Where(problem => problem.Level <= least)]
                        )
                    );
                }

                await LintReports.WriteAsync(session, line.GetValue(format) ?? "text", results);
                return results.Any(result => result.Errors > 0 || (line.GetValue(strict) && result.Warnings > 0)) ? 1 : 0;
            }
        );
        return command;
    }
}
