using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Store.Catalog;

/// <summary>
/// A model name: <c>[host/][namespace/]name[:tag]</c>, with default tag <c>latest</c>. Case-preserving; parts start with a letter, a digit or '_', followed by
/// these, '-' and '.'.
/// </summary>
public sealed record ModelName
{
    public const string DefaultTag = "latest";

    private const int LongestPart = 80;
    private const int LongestName = 350;

    private ModelName(string path, string tag)
    {
        Path = path;
        Tag = tag;
    }

    /// <summary>Everything before the tag.</summary>
    public string Path { get; }

    public string Tag { get; }

    /// <exception cref="EngineException">INVALID_ARGUMENT, stating the violated rule.</exception>
    public static ModelName Parse(string text) =>
        TryParse(text, out var name, out var problem)
            ? name
            : throw new EngineException(
                ErrorKind.InvalidArgument,
                $"\"{Printable(text)}\" is not a model name: {problem}",
                "names look like [host/][namespace/]name[:tag]"
            );

    public static bool TryParse(string text, [NotNullWhen(true)] out ModelName? name) => TryParse(text, out name, out _);

    /// <summary>As <see cref="Sanitize"/>, for names that nobody has chosen: letters that a name cannot have are not dropped silently.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the text has such letters.</exception>
    public static string Derive(string text) =>
        LatinLetters.Spell(text).Any(static character => char.IsLetter(character) && !char.IsAscii(character))
            ? throw new EngineException(ErrorKind.InvalidArgument, $"\"{Printable(text)}\" has letters that a name cannot have", "choose a name with --name")
            : Sanitize(text);

    /// <summary>Derives a name from a file name or title: letters with marks lose them, other invalid characters become '-'.</summary>
    public static string Sanitize(string text)
    {
        var characters = LatinLetters
            .Spell(text)
            .ToLowerInvariant()
            .Select(static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' ? character : '-')
            .ToArray();
        var clean = new string(characters).Trim('-', '.');
        while (clean.Contains("--", StringComparison.Ordinal))
        {
            clean = clean.Replace("--", "-", StringComparison.Ordinal);
        }

        return clean.Length == 0 ? "model" : clean[..Math.Min(clean.Length, LongestPart)].TrimEnd('-', '.');
    }

    public override string ToString() => $"{Path}:{Tag}";

    private static bool TryParse(string text, [NotNullWhen(true)] out ModelName? name, out string problem)
    {
        name = null;
        if (text.Length is 0 or > LongestName)
        {
            problem = text.Length == 0 ? "it is empty" : $"it has {text.Length} characters; at most {LongestName} are allowed";
            return false;
        }

        var slash = text.LastIndexOf('/');
        var colon = text.LastIndexOf(':');
        var tag = colon > slash ? text[(colon + 1)..] : DefaultTag;
        var path = colon > slash ? text[..colon] : text;
        var parts = path.Split('/');
        for (var index = 0; index < parts.Length; index++)
        {
            var isHost =
                index == 0
                && parts.Length > 1
                && (parts[0].Contains('.', StringComparison.Ordinal) || parts[0].Contains(':', StringComparison.Ordinal) || parts[0] == "localhost");
            if (ProblemOf(parts[index], isHost) is { } wrong)
            {
                problem = wrong;
                return false;
            }
        }

        if (ProblemOf(tag, allowColon: false) is { } wrongTag)
        {
            problem = "its tag: " + wrongTag;
            return false;
        }

        problem = "";
        name = new ModelName(path, tag);
        return true;
    }

    private static string? ProblemOf(string part, bool allowColon)
    {
        if (part.Length is 0 or > LongestPart)
        {
            return part.Length == 0 ? "a part of it is empty" : $"a part of it has {part.Length} characters; at most {LongestPart} are allowed";
        }

        if (!char.IsAsciiLetterOrDigit(part[0]) && part[0] != '_')
        {
            return $"a part begins with '{Printable(part[..1])}', not with a letter, a digit or '_'";
        }

        var host = allowColon && part.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? part[..colon] : part;
        var port = part.Length > host.Length ? part[(host.Length + 1)..] : "1";
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return $"\"{Printable(port)}\" is not a valid port";
        }

        foreach (var odd in host.EnumerateRunes())
        {
            if (!odd.IsAscii || !(char.IsAsciiLetterOrDigit((char)odd.Value) || odd.Value is '_' or '-' or '.'))
            {
                return $"'{Printable(odd.ToString())}' is not allowed";
            }
        }

        return null;
    }

    private static string Printable(string text) =>
        string.Concat(text.Take(60).Select(static character => char.IsControl(character) ? $"\\u{(int)character:x4}" : character.ToString()));
}
