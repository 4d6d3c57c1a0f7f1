namespace Ilab.Configuration.Runs.Schema;

/// <summary>A bound on the value of a field.</summary>
/// <param name="IsError">Whether a value outside of it makes the file unusable; otherwise it is a warning.</param>
/// <param name="Name"><c>min</c>, <c>max</c>, <c>over</c>, <c>range</c>, <c>share</c> (0 to below 1), <c>finite</c>, <c>nonblank</c>, <c>filled</c>,
/// <c>in</c> (words), <c>word</c> (the word beside numbers), <c>near</c> (words that others are taken for), <c>keys</c> (known keys of a map),
/// <c>secret</c>.</param>
public sealed record FieldRule(bool IsError, string Name, IReadOnlyList<string> Words)
{
    internal static FieldRule Read(string text)
    {
        var words = text.Split(' ');
        var isError = words[0].StartsWith('!');
        return new FieldRule(isError, words[0].TrimStart('!'), words[1..]);
    }
}

/// <summary>What ilab does with a field when it runs the file.</summary>
public enum FieldUse
{
    /// <summary>As the reader of the file expects.</summary>
    Honoured,

    /// <summary>By what comes nearest to it.</summary>
    Translated,

    /// <summary>Not at all, which changes the result or the speed: a warning.</summary>
    Ignored,

    /// <summary>Not at all, and nobody will miss it.</summary>
    Irrelevant,

    /// <summary>The file is refused when the field is set.</summary>
    Refused,
}
