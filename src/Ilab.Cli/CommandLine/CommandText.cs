using System.CommandLine;

namespace Ilab.Cli.CommandLine;

/// <summary>The description of a command in its parts: a summary line, paragraphs, and examples below a line <c>Examples:</c>.</summary>
internal sealed record CommandText(string Summary, IReadOnlyList<string> Paragraphs, IReadOnlyList<string> Examples)
{
    public static CommandText Of(Command command)
    {
        var lines = (command.Description ?? "").ReplaceLineEndings("\n").Split('\n');
        var end = Array.FindIndex(lines, static line => line is "Examples:");
        var body = string.Join('\n', lines.Skip(1).Take((end < 0 ? lines.Length : end) - 1))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var examples = end < 0 ? [] : lines.Skip(end + 1).Select(static line => line.Trim()).Where(static line => line.Length > 0).ToArray();
        return new CommandText(lines[0], [.. body.Select(static paragraph => paragraph.Replace('\n', ' '))], examples);
    }

    /// <summary><c>MODEL</c>, <c>[PROMPT...]</c>.</summary>
    public static string Usage(Argument argument)
    {
        var name = argument.Name + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }
}
