using System.Text.Json;
using System.Text.RegularExpressions;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>A way of cutting text: patterns that are applied one after the other to the pieces that are left, each match and each gap a piece.</summary>
internal sealed class TextCutting(IReadOnlyList<string> patterns)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Has each of the things that the known ways treat differently.</summary>
    private const string Probe =
        "Hello World, I'll DON'T we've it's  two   spaces \n\nlines\n \r\n\ttab 1 22 333 4444 55555 666666 7777777 3.14 a1b2c3 x=y;\n}\n//path/to/file\n"
        + "CamelCaseWord ABCdef \u00c5ngstr\u00f6m caf\u00e9 e\u0301 nai\u0308ve \u4e2d\u6587\u5b57\u7b26 \u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 mixed\u4e2d\u6587text "
        + "\ud55c\uad6d\uc5b4 \u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940 \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \ud83d\ude80\ud83e\udd99 !!!??? ...\n!word #tag @name $5 50% (x) [y] {z} <a> "
        + "`code` ~ ^ | \\n \u201cquoted\u201d \u2013 \u2014 1\u00bd \u0661\u0662\u0663 end.  ";

    private readonly Lazy<List<string>> _pieces = new(() => Cut(patterns));

    /// <summary>The way that tokenizer.json describes; null = it has a step that is not understood.</summary>
    public static TextCutting? Of(JsonElement tokenizer)
    {
        var patterns = new List<string>();
        foreach (var part in Flatten(tokenizer.Find("pre_tokenizer")))
        {
            var pattern = part.Find("type").Text() switch
            {
                "Split" => part.Find("pattern").Find("Regex").Text() ?? (part.Find("pattern").Find("String").Text() is { } text ? Regex.Escape(text) : null),
                "Digits" => part.Find("individual_digits").Flag() == true ? @"\p{N}" : @"\p{N}+",
                "ByteLevel" => part.Find("use_regex").Flag() != false ? @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" : "",
                "Punctuation" => @"[\p{P}!-/:-@\[-`{-~]" + (part.Find("behavior").Text() == "Contiguous" ? "+" : ""),
                "WhitespaceSplit" => @"\s+",
                _ => null,
            };
            var isRun = part.Find("type").Text() == "Punctuation";
            if (
                pattern is null
                || (part.Find("behavior").Text() is { } behavior && behavior is not ("Isolated" or "Removed") && !(isRun && behavior == "Contiguous"))
            )
            {
                return null;
            }

            if (pattern.Length > 0)
            {
                patterns.Add(pattern);
            }
        }

        return patterns.Count > 0 ? new TextCutting(patterns) : null;
    }

    /// <summary>Whether both cut in the same places.</summary>
    public bool IsLike(TextCutting other)
    {
        try
        {
            return _pieces.Value.SequenceEqual(other._pieces.Value);
        }
        catch (Exception exception) when (exception is ArgumentException or RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static List<string> Cut(IReadOnlyList<string> patterns)
    {
        List<string> pieces = [Probe];
        foreach (var pattern in patterns)
        {
            var regex = new Regex(WithoutPossessives(pattern), RegexOptions.CultureInvariant, Longest);
            pieces = [.. pieces.SelectMany(piece => Cut(piece, regex))];
        }

        return pieces;
    }

    private static IEnumerable<string> Cut(string text, Regex regex)
    {
        var at = 0;
        foreach (var match in regex.Matches(text).Where(static match => match.Length > 0))
        {
            if (match.Index > at)
            {
                yield return text[at..match.Index];
            }

            yield return match.Value;
            at = match.Index + match.Length;
        }

        if (at < text.Length)
        {
            yield return text[at..];
        }
    }

    // Only the speed differs where nothing has to be given back.
    private static string WithoutPossessives(string pattern) =>
        pattern.Replace("++", "+", StringComparison.Ordinal).Replace("?+", "?", StringComparison.Ordinal).Replace("*+", "*", StringComparison.Ordinal);

    private static IEnumerable<JsonElement> Flatten(JsonElement? element) =>
        element is not { ValueKind: JsonValueKind.Object } entry ? []
        : entry.Find("type").Text() == "Sequence" ? entry.Find("pretokenizers").Items().SelectMany(static item => Flatten(item))
        : [entry];
}
