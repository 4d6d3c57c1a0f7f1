using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary>Run configs that a command line names.</summary>
internal static class RunFiles
{
    public const string StandardInput = "-";

    /// <summary><c>--kind</c>: most files tell it themselves.</summary>
    public static ChoiceOption KindOption() =>
        new("--kind", [.. RunKinds.All.Select(RunKinds.NameOf)]) { Description = "Kind of the files [default: told from their keys]" };

    public static string Shown(string file) => file == StandardInput ? "(standard input)" : file;

    /// <param name="file">A file, or - for standard input.</param>
    public static async Task<ConfigReading> ReadAsync(
        string file,
        RunKind? kind,
        IReadOnlyList<string> overrides,
        bool lint,
        CancellationToken cancellationToken
    )
    {
        if (file != StandardInput)
        {
            return ConfigReader.ReadFile(file, kind, overrides, lint);
        }

        await using var input = StandardStreams.OpenInput();
        using var content = new MemoryStream();
        var block = new byte[65536];
        for (int count; content.Length <= ConfigReader.LargestFile && (count = await input.ReadAsync(block, cancellationToken)) > 0; )
        {
            content.Write(block, 0, count);
        }

        return ConfigReader.ReadBytes(content.ToArray(), Shown(file), kind, overrides, lint);
    }

    /// <summary>The config for a verb that runs it: warnings are said, errors end the verb.</summary>
    /// <exception cref="IlabException">The file cannot be used; one line for each error.</exception>
    public static async Task<RunConfig> RequireAsync(
        Session session,
        string file,
        RunKind kind,
        IReadOnlyList<string> overrides,
        CancellationToken cancellationToken
    )
    {
        var reading = await ReadAsync(file, kind, overrides, lint: false, cancellationToken);
        if (reading.Config is { } config)
        {
            return config;
        }

        var errors = reading.Problems.Where(static problem => problem.Level == ProblemLevel.Error).ToList();
        foreach (var error in errors.SkipLast(1))
        {
            await session.SayAsync("Error: " + LintReports.Visible($"{error.Position}: {error.Text}"));
        }

        throw new IlabException(ErrorKind.InvalidArgument, LintReports.Visible($"{errors[^1].Position}: {errors[^1].Text}"));
    }
}
