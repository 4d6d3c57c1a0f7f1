using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>`config lint`.</summary>
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
                var client = await session.ClientAsync(cancellationToken);
                var results = new List<LintResult>();
                foreach (var file in line.GetRequiredValue(files))
                {
                    var result = await LintAsync(client, file, line.GetValue(kind), cancellationToken);
                    results.Add(line.GetValue(quiet) ? result.WithoutNotes() : result);
                }

                await LintReports.WriteAsync(session, line.GetValue(format) ?? "text", results);
                return results.Any(result => result.Errors > 0 || (line.GetValue(strict) && result.Warnings > 0)) ? 1 : 0;
            }
        );
        return command;
    }

    /// <summary>A file that cannot be read is a problem like others.</summary>
    private static async Task<LintResult> LintAsync(IlabClient client, string file, string? kind, CancellationToken cancellationToken)
    {
        RunConfigFile content;
        try
        {
            content = await RunFiles.ReadAsync(file, kind, cancellationToken);
        }
        catch (IlabException exception)
        {
            var problem = new RunConfigProblem
            {
                File = file,
                Level = RunConfigLevel.Error,
                Rule = "file",
                Message = exception.Message.StartsWith(file, StringComparison.Ordinal)
                    ? exception.Message[file.Length..].TrimStart(':', ' ')
                    : exception.Message,
                Fix = exception.Hint,
            };
            return new LintResult(file, "", [problem]);
        }

        var response = await client.RunConfigs.LintAsync(new LintRunConfigRequest { File = content }, cancellationToken: cancellationToken);
        return new LintResult(content.Name, response.Kind, response.Problems);
    }
}
