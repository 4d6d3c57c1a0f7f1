using System.Globalization;
using System.Text;
using Ilab.Api.V1;

namespace Ilab.Cli.Chat.Text;

/// <summary>Parses values of settings. Each FormatException names the expected form.</summary>
public static class SettingText
{
    private const int AsManyAsFit = -1;

    public static float Number(string text, float least, float most)
    {
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value >= least && value <= most)
            return value;
        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"expected a number from {least} to {most}, got `{text}`"));
    }

    public static ulong WholeNumber(string text, ulong most)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value <= most)
            return value;
        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"expected a whole number from 0 to {most}, got `{text}`"));
    }

    /// <summary>A priority that users may ask for.</summary>
    public static GenerationPriority Priority(string text) =>
        text.ToLowerInvariant() switch
        {
            "interactive" => GenerationPriority.Interactive,
            "batch" => GenerationPriority.Batch,
            _ => throw new FormatException($"expected interactive or batch, got `{text}`"),
        };

    /// <summary>A device as the service names it.</summary>
    public static string Device(string text)
    {
        string name = text.ToLowerInvariant();
        if (
            name is "auto" or "cpu"
            || (
                name.StartsWith("cuda", StringComparison.Ordinal)
                && uint.TryParse(name["cuda".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            )
        )
            return name;
        throw new FormatException($"expected auto, cpu or cuda0, cuda1, ..., got `{text}`");
    }

    /// <returns>Null = all; -1 = as many as fit.</returns>
    public static int? Layers(string text)
    {
        if (text is "all" or "auto")
            return text == "all" ? null : AsManyAsFit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0)
            return value;
        throw new FormatException($"expected a number of layers from 1 on, auto or all, got `{text}`; --device cpu uses no GPU");
    }

    /// <summary>The inverse of <see cref="Layers(string)"/>; null = left to the service.</summary>
    public static string? Layers(int? layers) => layers == AsManyAsFit ? "auto" : layers?.ToString(CultureInfo.InvariantCulture);

    /// <summary>Splits words at blanks; quotes keep blanks; \n, \t, \" and \\ are escapes.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool quoted = false,
            any = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && i + 1 < text.Length)
            {
                word.Append(
                    text[++i] switch
                    {
                        'n' => '\n',
                        't' => '\t',
                        var other => other,
                    }
                );
                any = true;
            }
            else if (c == '"')
            {
                quoted = !quoted;
                any = true;
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (any)
                    words.Add(word.ToString());
                word.Clear();
                any = false;
            }
            else
            {
                word.Append(c);
                any = true;
            }
        }

        if (quoted)
            throw new FormatException("unterminated quote");
        if (any)
            words.Add(word.ToString());
        return words;
    }

    /// <summary>The inverse of <see cref="Split"/>.</summary>
    public static string Join(IReadOnlyList<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word)
    {
        string escaped = word.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal);
        return '"' + escaped + '"';
    }
}
