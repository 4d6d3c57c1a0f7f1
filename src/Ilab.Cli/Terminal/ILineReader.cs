namespace Ilab.Cli.Terminal;

public enum LineResult
{
    Line,
    Interrupted,
    EndOfInput,
}

/// <param name="Result">What ended the entry.</param>
/// <param name="Text">The entry, line ends inside as \n; empty unless <see cref="LineResult.Line"/>.</param>
public readonly record struct LineEntry(LineResult Result, string Text = "");

/// <summary>Asks for one entry at a time: with a line editor on a terminal, by plain lines otherwise.</summary>
public interface ILineReader
{
    /// <summary>True when a person sits there: prompts and hints make sense.</summary>
    bool IsInteractive { get; }

    Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken);

    /// <summary>Remembers an entry for Up and Down.</summary>
    void Remember(string entry);
}

/// <param name="Text">Shown before the entry.</param>
/// <param name="Continuation">Shown before its further lines.</param>
/// <param name="IsComplete">Says whether Enter sends the text or begins another line; null = always sends.</param>
/// <param name="Complete">Candidates for Tab; null = none.</param>
public sealed record LinePrompt(
    string Text,
    string Continuation = "... ",
    Func<string, bool>? IsComplete = null,
    Func<string, IReadOnlyList<string>>? Complete = null);
