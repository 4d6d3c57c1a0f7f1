using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Ilab.Gguf.Json;

/// <summary>
/// JSON as Python programs write and read it: with a byte order mark, in UTF-16, and with <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> for numbers, which
/// become texts of the same spelling (<see cref="JsonAccess.Number(JsonElement?)"/> takes them for the numbers that they are).
/// </summary>
internal static class LenientJson
{
    private const int Deepest = 64;
    private static readonly byte[][] Constants = ["NaN"u8.ToArray(), "Infinity"u8.ToArray(), "-Infinity"u8.ToArray()];

    /// <summary>Whether a text stands for a number that JSON has no words for.</summary>
    public static double? Constant(string text) =>
        text switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        };

    /// <exception cref="JsonException">Not JSON; the line counts from zero.</exception>
    public static JsonDocument Parse(byte[] bytes)
    {
        var text = Utf8Of(bytes);
        CheckTexts(text.Span);
        return JsonDocument.Parse(WithConstants(text), new JsonDocumentOptions { MaxDepth = Deepest });
    }

    private static ReadOnlyMemory<byte> Utf8Of(byte[] bytes) =>
        bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => bytes.AsMemory(3),
            [0xFF, 0xFE, ..] => Encoding.UTF8.GetBytes(Encoding.Unicode.GetString(bytes, 2, bytes.Length - 2)),
            [0xFE, 0xFF, ..] => Encoding.UTF8.GetBytes(Encoding.BigEndianUnicode.GetString(bytes, 2, bytes.Length - 2)),
            _ => bytes,
        };

    // The parser finds these only when a text is asked for, with another exception.
    private static void CheckTexts(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            var line = 0;
            for (var rest = text; rest.IndexOf((byte)'\n') is >= 0 and var end && Utf8.IsValid(rest[..end]); rest = rest[(end + 1)..])
            {
                line++;
            }

            throw new JsonException("not UTF-8", null, line, null);
        }

        for (var at = 0; text[at..].IndexOf("\\u"u8) is >= 0 and var found; at += found + 2)
        {
            var escape = text[(at + found)..];
            if (IsEscaped(text, at + found) && HalfOf(escape) is { } half && (half == Half.Second || !IsWhole(ref at, escape)))
            {
                throw new JsonException("half of a surrogate pair", null, text[..(at + found)].Count((byte)'\n'), null);
            }
        }

        static bool IsWhole(ref int at, ReadOnlySpan<byte> escape)
        {
            const int Length = 6;
            if (escape.Length < 2 * Length || !escape[Length..].StartsWith("\\u"u8) || HalfOf(escape[Length..]) != Half.Second)
            {
                return false;
            }

            at += Length;
            return true;
        }
    }

    private enum Half
    {
        First,
        Second,
    }

    private static Half? HalfOf(ReadOnlySpan<byte> escape) =>
        escape.Length < 6 || escape[2] is not ((byte)'d' or (byte)'D') ? null
        : escape[3] is (byte)'8' or (byte)'9' or (byte)'a' or (byte)'b' or (byte)'A' or (byte)'B' ? Half.First
        : escape[3] is (byte)'c' or (byte)'d' or (byte)'e' or (byte)'f' or (byte)'C' or (byte)'D' or (byte)'E' or (byte)'F' ? Half.Second
        : null;

    // An even number of backslashes before this one: it begins an escape.
    private static bool IsEscaped(ReadOnlySpan<byte> text, int at)
    {
        var before = 0;
        while (at - before > 0 && text[at - before - 1] == (byte)'\\')
        {
            before++;
        }

        return before % 2 == 0;
    }

    private static ReadOnlyMemory<byte> WithConstants(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOf("NaN"u8) < 0 && json.Span.IndexOf("Infinity"u8) < 0)
        {
            return json;
        }

        var text = json.Span;
        var (result, isInside) = (new MemoryStream(json.Length), false);
        for (var at = 0; at < text.Length; at++)
        {
            if (isInside || ConstantAt(text[at..]) is not { } constant)
            {
                result.WriteByte(text[at]);
                if (isInside && text[at] == (byte)'\\' && at + 1 < text.Length)
                {
                    result.WriteByte(text[++at]);
                }
                else if (text[at] == (byte)'"')
                {
                    isInside = !isInside;
                }

                continue;
            }

            result.WriteByte((byte)'"');
            result.Write(constant);
            result.WriteByte((byte)'"');
            at += constant.Length - 1;
        }

        return result.ToArray();
    }

    private static byte[]? ConstantAt(ReadOnlySpan<byte> text)
    {
        foreach (var constant in Constants)
        {
            if (text.StartsWith(constant) && (text.Length == constant.Length || !char.IsAsciiLetterOrDigit((char)text[constant.Length])))
            {
                return constant;
            }
        }

        return null;
    }
}
