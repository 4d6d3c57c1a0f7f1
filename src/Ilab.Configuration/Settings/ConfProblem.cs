namespace Ilab.Configuration.Settings;

/// <summary>What is wrong with a file of settings, and where.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">From 1; 0 = the file as a whole.</param>
/// <param name="Column">In characters, from 1; 0 = the line as a whole.</param>
/// <param name="Message">What is wrong, without a full stop.</param>
/// <param name="Fix">What to do; may be empty.</param>
public sealed record ConfProblem(string Path, int Line, int Column, string Message, string Fix = "")
{
    /// <summary>The message of a file that may not be read.</summary>
    public const string Denied = "permission denied";

    /// <summary>The section that it is about; empty = the file as a whole.</summary>
    public string Section { get; init; } = "";

    /// <summary>Whether everything else counts nevertheless.</summary>
    public bool IsWarning { get; init; }

    /// <summary><c>path:line:column: message; fix</c>.</summary>
    public override string ToString() =>
        $"{Path}{(Line > 0 ? $":{Line}" : "")}{(Column > 0 ? $":{Column}" : "")}: {Message}{(Fix.Length > 0 ? "; " + Fix : "")}";
}
