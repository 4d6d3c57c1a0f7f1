using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;
using Ilab.Engine.Errors;
using Ilab.Engine.Wizard.Conversation;

namespace Ilab.Engine.Wizard.Drafts;

/// <summary>The file that a conversation starts from: its values are what is suggested, and what nobody asks about stays.</summary>
internal sealed class StartingFile
{
    private readonly RunConfig _config;

    private StartingFile(RunConfig config) => _config = config;

    /// <exception cref="EngineException">INVALID_ARGUMENT: it is not valid, or of another kind.</exception>
    public static StartingFile Read(WizardSource source, RunKind kind)
    {
        var reading = ConfigReader.ReadText(source.Text, source.Name, kind);
        if (reading.Config is { } config)
        {
            return new StartingFile(config);
        }

        var errors = reading.Problems.Where(static problem => problem.Level == ProblemLevel.Error).ToList();
        throw new EngineException(
            ErrorKind.InvalidArgument,
            $"{errors[0].Position}: {errors[0].Text}" + (errors.Count > 1 ? $" (and {errors.Count - 1} more)" : ""),
            "'ilab config lint' shows everything"
        );
    }

    /// <summary>A builder that begins with what the file says.</summary>
    public ConfigBuilder Build() => ConfigBuilder.From(_config);

    /// <summary>A value that the file writes, as text; null = it does not.</summary>
    /// <param name="path">Such as <c>tasks[0].num_samples</c>.</param>
    public string? Find(string path)
    {
        var section = _config.Root;
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            var bracket = part.IndexOf('[', StringComparison.Ordinal);
            var name = bracket < 0 ? part : part[..bracket];
            var next = bracket < 0 ? section.OptionalSection(name) : section.Sections(name).FirstOrDefault();
            if (next is null)
            {
                return null;
            }

            section = next;
        }

        return section.IsWritten(parts[^1])
            ? section.Text(parts[^1]) is { } text
                ? Plain(text)
                : null
            : null;
    }

    /// <summary>The tasks of an evaluation by name, a task without a name by that of its program.</summary>
    public IReadOnlyList<string> Tasks =>
        _config.Kind == RunKind.Eval
            ? [.. _config.Root.Sections("tasks").Select(static task => task.Text("task_name") ?? task.Text("evaluation_backend") ?? "")]
            : [];

    /// <summary>Python writes switches with capitals.</summary>
    private static string Plain(string text) => text is "True" or "False" ? text.ToLowerInvariant() : text;
}
