namespace Ilab.Configuration.Runs.Problems;

public enum ProblemLevel
{
    /// <summary>The file cannot be used as it is.</summary>
    Error = 1,

    /// <summary>Usable, but probably not what was meant.</summary>
    Warning = 2,

    /// <summary>Correct, and worth knowing.</summary>
    Note = 3,
}

/// <summary>One thing about a run config.</summary>
/// <param name="File">The file as the caller named it, or the override that is wrong.</param>
/// <param name="Line">From 1; 0 when it is about an override or a value that was built.</param>
/// <param name="Column">From 1.</param>
/// <param name="Rule">Stable name for programs; listed in docs/configuration.md.</param>
/// <param name="Key">Path such as <c>data.train.datasets[0].dataset_name</c>; may be empty.</param>
/// <param name="Message">What is wrong, without the place.</param>
/// <param name="Fix">What to do; may be empty.</param>
public sealed record ConfigProblem(string File, int Line, int Column, ProblemLevel Level, string Rule, string Key, string Message, string Fix)
{
    /// <summary>What to write instead, when one change mends it.</summary>
    public string Suggestion { get; init; } = "";

    /// <summary>One line: <c>file:line:column: error: key: message; fix</c>.</summary>
    public override string ToString() => $"{Position}: {Level.ToString().ToLowerInvariant()}: {Text}";

    /// <summary><c>file:line:column</c>, as far as they are known.</summary>
    public string Position => Line > 0 ? $"{File}:{Line}:{Column}" : File;

    /// <summary>Key, message and fix.</summary>
    public string Text => (Key.Length > 0 ? Key + ": " : "") + Message + (Fix.Length > 0 ? "; " + Fix : "");
}
