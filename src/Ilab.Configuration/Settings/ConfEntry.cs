namespace Ilab.Configuration.Settings;

/// <summary>One key with its value, as a file gives it.</summary>
/// <param name="Section">The key above it.</param>
/// <param name="Name">The key.</param>
/// <param name="Values">One text, or the items of a list.</param>
/// <param name="Line">Of the key, from 1.</param>
/// <param name="Column">Of the key, from 1.</param>
public sealed record ConfEntry(string Section, string Name, IReadOnlyList<string> Values, int Line, int Column)
{
    /// <summary>Whether the file writes a list.</summary>
    public bool IsList { get; init; }

    /// <summary>Where the value begins: line and column, from 1.</summary>
    public (int Line, int Column) ValuePlace { get; init; } = (Line, Column);

    /// <summary>Whether the section is written in braces, in one piece.</summary>
    public bool IsInFlow { get; init; }
}

/// <summary>A file of settings: what it says, and what is wrong with it.</summary>
/// <param name="Path">Of the file.</param>
/// <param name="Entries">In the order of the file; keys without a value are not there.</param>
/// <param name="Problems">Empty = valid.</param>
public sealed record ConfFile(string Path, IReadOnlyList<ConfEntry> Entries, IReadOnlyList<ConfProblem> Problems);
