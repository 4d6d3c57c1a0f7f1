using Ilab.Api.V1;
using Ilab.Cli.Commands.Host;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>A file and what is to be said of it.</summary>
internal sealed record LintResult(string Path, string Kind, IReadOnlyList<RunConfigProblem> Problems)
{
    public int Errors => Problems.Count(static problem => problem.Level == RunConfigLevel.Error);

    public LintResult WithoutNotes() => this with { Problems = [.. Problems.Where(static problem => problem.Level != RunConfigLevel.Note)] };

    public int Warnings => Problems.Count(static problem => problem.Level == RunConfigLevel.Warning);
}

/// <summary>Results of `config lint` as text, JSON, SARIF or by a template.</summary>
internal static class LintReports
{
    public static async Task WriteAsync(Session session, string format, IReadOnlyList<LintResult> results)
    {
        switch (format)
        {
            case "text":
                await WriteTextAsync(session.Out, results.SelectMany(static result => result.Problems));
                await session.Out.FlushAsync();
                await session.SayAsync(Summary(results));
                break;
            case "sarif":
                await session.Out.WriteLineAsync(JsonText.Of(Sarif(results)));
                break;
            default:
                await ListOutput.WriteObjectsAsync(session, format, [.. results.Select(Of)]);
                break;
        }
    }

    /// <summary>One line per problem in the format of compilers.</summary>
    public static async Task WriteTextAsync(TextWriter output, IEnumerable<RunConfigProblem> problems)
    {
        foreach (var problem in problems)
        {
            await output.WriteLineAsync(Visible($"{Position(problem)}: {Level(problem)}: {Text(problem)} [{problem.Rule}]"));
        }
    }

    /// <summary>Keeps control characters in names and keys from reaching the terminal.</summary>
    public static string Visible(string line) => line.Any(char.IsControl) ? string.Concat(line.Select(static c => char.IsControl(c) ? '?' : c)) : line;

    private static string Summary(IReadOnlyList<LintResult> results)
    {
        var (errors, warnings) = (results.Sum(static result => result.Errors), results.Sum(static result => result.Warnings));
        var files = Count(results.Count, "file");
        var damaged = Count(results.Count(static result => result.Errors > 0), "file");
        var warned = warnings > 0 ? Count(warnings, "warning") : "";
        return errors > 0
            ? $"{files} checked: {Count(errors, "error")} in {damaged}{(warned.Length > 0 ? ", " : "")}{warned}"
            : $"{files} checked, all valid{(warned.Length > 0 ? "; " : "")}{warned}";
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    private static Data Of(LintResult result) =>
        new Data()
            .Add("Path", result.Path)
            .Add("Valid", result.Errors == 0)
            .Add("Kind", result.Kind)
            .Add("Errors", result.Errors)
            .Add("Warnings", result.Warnings)
            .Add("Findings", result.Problems.Select(Of).ToList());

    private static Data Of(RunConfigProblem problem) =>
        new Data()
            .Add("Path", problem.File)
            .Add("Line", (int)problem.Line)
            .Add("Column", (int)problem.Column)
            .Add("Level", Level(problem))
            .Add("Rule", problem.Rule)
            .Add("Key", problem.Key)
            .Add("Message", problem.Message)
            .Add("Fix", problem.Fix)
            .Add("Suggestion", problem.Suggestion);

    private static Data Sarif(IReadOnlyList<LintResult> results)
    {
        var problems = results.SelectMany(static result => result.Problems).ToList();
        var rules = problems
            .Select(static problem => problem.Rule)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(static rule => new Data().Add("id", rule))
            .ToList();
        var driver = new Data().Add("name", "ilab").Add("version", VersionCommand.Client).Add("rules", rules);
        var run = new Data()
            .Add("tool", new Data().Add("driver", driver))
            .Add("columnKind", "unicodeCodePoints")
            .Add("results", problems.Select(SarifResult).ToList());
        return new Data().Add("$schema", "https://json.schemastore.org/sarif-2.1.0.json").Add("version", "2.1.0").Add("runs", new List<Data> { run });
    }

    private static Data SarifResult(RunConfigProblem problem)
    {
        var place = new Data().Add("artifactLocation", new Data().Add("uri", Uri(problem.File)));
        if (problem.Line > 0)
        {
            place.Add("region", new Data().Add("startLine", (int)problem.Line).Add("startColumn", Math.Max(1, (int)problem.Column)));
        }

        return new Data()
            .Add("ruleId", problem.Rule)
            .Add("level", Level(problem))
            .Add("message", new Data().Add("text", Text(problem)))
            .Add("locations", new List<Data> { new Data().Add("physicalLocation", place) });
    }

    private static string Position(RunConfigProblem problem) => problem.Line > 0 ? $"{problem.File}:{problem.Line}:{problem.Column}" : problem.File;

    /// <summary>Key, message and fix; a message that names the file itself goes without the key.</summary>
    private static string Text(RunConfigProblem problem) =>
        (problem.Key.Length > 0 ? problem.Key + ": " : "") + problem.Message + (problem.Fix.Length > 0 ? "; " + problem.Fix : "");

    private static string Level(RunConfigProblem problem) => problem.Level.ToString().ToLowerInvariant();

    private static string Uri(string path) => (path.StartsWith('/') ? "file://" : "") + string.Join('/', path.Split('/').Select(System.Uri.EscapeDataString));
}
