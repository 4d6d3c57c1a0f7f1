using System.Text;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>An instruction as it stands in the file.</summary>
/// <param name="Name">In capitals.</param>
/// <param name="Key">The name of a parameter, the role of a message; else empty.</param>
/// <param name="Line">From 1.</param>
internal sealed record ModelfileInstruction(string Name, string Key, string Value, int Line);

/// <summary>
/// Cuts a Modelfile into instructions: a word, for PARAMETER and MESSAGE a second one, and a value that ends with the line, or with the closing quotes if it
/// begins with <c>"</c> or <c>"""</c>. Nothing is unescaped.
/// </summary>
internal static class ModelfileScanner
{
    private const string Triple = "\"\"\"";
    private static readonly string[] WithKey = ["PARAMETER", "MESSAGE"];
    private static readonly string[] Names = ["FROM", "ADAPTER", "SYSTEM", "TEMPLATE", "PARAMETER", "MESSAGE", "LICENSE", "RENDERER", "PARSER", "REQUIRES"];

    /// <summary>The text of a file; null if it is none.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes)
    {
        var text = bytes switch
        {
            [0xFF, 0xFE, ..] => Encoding.Unicode.GetString(bytes[2..]),
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode.GetString(bytes[2..]),
            _ when !System.Text.Unicode.Utf8.IsValid(bytes) => null,
            [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8.GetString(bytes[3..]),
            _ => Encoding.UTF8.GetString(bytes),
        };
        return text?.Contains('\0') == true ? null : text;
    }

    /// <exception cref="EngineException">INVALID_ARGUMENT, with the line.</exception>
    public static IEnumerable<ModelfileInstruction> Scan(string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var start = at;
            var (name, rest) = Word(line);
            name = name.ToUpperInvariant();
            if (!Names.Contains(name))
            {
                throw Wrong(start, $"\"{Short(name)}\" is no instruction", $"use one of {string.Join(", ", Names[..7])}");
            }

            var key = "";
            if (WithKey.Contains(name))
            {
                (key, rest) = Word(rest);
            }

            var value = Value(lines, ref at, rest);
            if (value.Length == 0 && name is not ("SYSTEM" or "TEMPLATE" or "LICENSE"))
            {
                throw Wrong(start, $"{name} needs {(WithKey.Contains(name) ? "two values" : "a value")}");
            }

            yield return new ModelfileInstruction(name, key, value, start + 1);
        }
    }

    /// <summary>An error of a line, which counts from zero here.</summary>
    internal static EngineException Wrong(int line, string message, string hint = "") =>
        new(ErrorKind.InvalidArgument, $"{Modelfile.FileName}, line {line + 1}: {message}", hint);

    private static string Value(string[] lines, ref int at, string begun)
    {
        var quotes =
            begun.StartsWith(Triple, StringComparison.Ordinal) ? Triple
            : begun.StartsWith('"') ? "\""
            : "";
        if (quotes.Length == 0)
        {
            return begun;
        }

        var start = at;
        var value = new StringBuilder();
        for (var line = begun[quotes.Length..]; ; line = lines[at])
        {
            // Quotes inside of a text are text: what closes it is at the end of a line.
            var end = line.TrimEnd();
            if (end.EndsWith(quotes, StringComparison.Ordinal))
            {
                return value.Append(end, 0, end.Length - quotes.Length).ToString();
            }

            value.Append(line).Append('\n');
            if (++at == lines.Length)
            {
                throw Wrong(start, $"the text that begins here has no closing {quotes}");
            }
        }
    }

    private static (string First, string After) Word(string text)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        return end < 0 ? (text, "") : (text[..end], text[end..].Trim());
    }

    private static string Short(string text) => text.Length > 40 ? text[..40] + "..." : text;
}
