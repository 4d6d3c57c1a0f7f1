namespace Ilab.Cli.Terminal;

public enum LineResult
{
    Line,
    Interrupted,
    EndOfInput,
}

/// <param name="Result">What ended the entry.</param>
/// <param name="Text">The entry, with \n as line end; empty unless <see cref="LineResult.Line"/>.</param>
public readonly record struct LineEntry(LineResult Result, string Text = "");

/// <summary>Reads one entry at a time: with a line editor on a terminal, as plain lines otherwise.</summary>
public interface ILineReader
{
    /// <summary>True on a terminal: prompts and hints are shown.</summary>
    bool IsInteractive { get; }

    Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken);

    /// <summary>Adds an entry to the history.</summary>
    void Remember(string entry);
}

/// <param name="Text">Shown before the entry.</param>
/// <param name="Continuation">Shown before continuation lines.</param>
/// <param name="IsComplete">Decides whether Enter submits the text or starts another line; null = always submits.</param>
/// <param name="Complete">Candidates for Tab; null = none.</param>
/// <param name="IsWrong">Whether what is typed cannot become an entry: the prompt then ends in an exclamation mark; null = never.</param>
public sealed record LinePrompt(
    string Text,
    string Continuation = "... ",
    Func<string, bool>? IsComplete = null,
    Func<string, IReadOnlyList<string>>? Complete = null,
    Func<string, bool>? IsWrong = null
);
