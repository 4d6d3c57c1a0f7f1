using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>A person, or a pipe, that enters these lines and then ends.</summary>
public sealed class ScriptedLines(params string[] lines) : ILineReader
{
    private readonly Queue<string> _lines = new(lines);

    public List<string> Remembered { get; } = [];

    public bool IsInteractive { get; init; } = true;

    /// <summary>Entered instead of a line: Ctrl-C.</summary>
    public const string ControlC = "\u0003";

    public Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken)
    {
        if (!_lines.TryDequeue(out string? line))
            return Task.FromResult(new LineEntry(LineResult.EndOfInput));
        return Task.FromResult(line == ControlC ? new LineEntry(LineResult.Interrupted) : new LineEntry(LineResult.Line, line));
    }

    public void Remember(string entry) => Remembered.Add(entry);
}
