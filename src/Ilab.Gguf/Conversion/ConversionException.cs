namespace Ilab.Gguf.Conversion;

/// <summary>What cannot be converted, in one line, with what to do about it.</summary>
public class ConversionException(string message, string hint = "", bool isUnsupported = false) : Exception(OneLine.Of(message, Longest))
{
    private const int Longest = 1000;

    public string Hint { get; } = hint;

    /// <summary>Well-formed, but nothing this program can convert; otherwise the files are not right.</summary>
    public bool IsUnsupported { get; } = isUnsupported;

    /// <summary>One line of several problems: the first few, and how many more there are.</summary>
    internal static string Join(IReadOnlyList<string> problems)
    {
        const int Shown = 5;
        return string.Join("; ", problems.Take(Shown)) + (problems.Count > Shown ? $"; and {problems.Count - Shown} more" : "");
    }
}

/// <summary>A tokenizer file that cannot be used; another one beside it may be.</summary>
public sealed class UnusableTokenizerException(string message, string hint = "", bool isUnsupported = false)
    : ConversionException(message, hint, isUnsupported);
