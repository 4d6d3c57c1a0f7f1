using System.Text;

namespace Ilab.Yaml;

/// <summary>Bytes to the text that is read: strict UTF-8, one kind of line end, only characters that YAML allows.</summary>
public static class YamlText
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <exception cref="YamlException">Not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        // Wide characters of ASCII are bytes of UTF-8, too: without a byte order mark, the zeros between them tell.
        if (WideEncoding(bytes) is { } wide)
        {
            throw new YamlException(YamlStage.Encoding, new YamlMark(0, 0, 0), "the file is not UTF-8", $"the file is {wide}: save it as UTF-8");
        }

        string text;
        try
        {
            text = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            var before = bytes[..Math.Clamp(exception.Index, 0, bytes.Length)];
            var line = before.Count((byte)'\n');
            var column = before.Length - (before.LastIndexOf((byte)'\n') + 1);
            throw new YamlException(YamlStage.Encoding, new YamlMark(exception.Index, line, column), "the file is not UTF-8", "save the file as UTF-8");
        }

        return text.Contains('\r', StringComparison.Ordinal) ? text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : text;
    }

    /// <exception cref="YamlException">A control character or the like.</exception>
    public static void RequirePrintable(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (!IsPrintable(text[index]))
            {
                throw new YamlException(
                    YamlStage.Reader,
                    MarkAt(text, index),
                    $"the character U+{(int)text[index]:X4} is not allowed in YAML",
                    "remove it, or write it as an escape inside double quotes"
                );
            }
        }
    }

    public static YamlMark MarkAt(string text, int index)
    {
        var line = text.AsSpan(0, index).Count('\n');
        var start = text.LastIndexOf('\n', Math.Max(0, index - 1), Math.Max(0, index)) + 1;
        return new YamlMark(index, line, index - start);
    }

    public static bool IsBreak(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029';

    /// <summary>End of the text, a blank or a line break: what ends a plain word.</summary>
    public static bool EndsWord(char c) => c is '\0' or ' ' or '\t' || IsBreak(c);

    /// <summary>End of the text, a space or a line break; a tab is none of these.</summary>
    public static bool EndsPart(char c) => c is '\0' or ' ' || IsBreak(c);

    public static bool EndsLine(char c) => c == '\0' || IsBreak(c);

    public static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    /// <summary>What a text of two or four bytes per character is in, by its mark or its first characters, which are of ASCII; null = no such text.</summary>
    private static string? WideEncoding(ReadOnlySpan<byte> bytes) =>
        bytes switch
        {
            [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => "UTF-32",
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16",
            [0, 0, 0, not 0, ..] or [not 0, 0, 0, 0, ..] => "UTF-32 without a byte order mark",
            [0, not 0, 0, not 0, ..] or [not 0, 0, not 0, 0, ..] => "UTF-16 without a byte order mark",
            _ => null,
        };

    private static bool IsPrintable(char c) => c is '\t' or '\n' or '\r' or (>= ' ' and <= '~') or '\u0085' or (>= '\u00A0' and <= '\uFFFD');
}
