namespace Ilab.Jinja.Builtins;

/// <summary>Upper and lower case as Python changes them.</summary>
internal static class Casing
{
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    public static string Lower(string text) => text.ToLowerInvariant().Replace("İ", "i\u0307", StringComparison.Ordinal);

    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + Lower(text[1..]);

    /// <summary>Letters after anything but letters become capitals.</summary>
    public static string Title(string text) =>
        string.Concat(text.Select((c, i) => i > 0 && char.IsLetter(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    /// <summary>The filter's idea of a title: words begin after white space, hyphens and opening brackets.</summary>
    public static string TitleWords(string text) =>
        string.Concat(text.Select((c, i) => i > 0 && !IsWordStart(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    private static bool IsWordStart(char before) => Objects.CodePoints.IsSpace(before) || before is '-' or '(' or '{' or '[' or '<';
}
