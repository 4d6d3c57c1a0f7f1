using System.Buffers.Text;
using System.Text;

namespace Ilab.Gguf.Conversion;

/// <summary>What a file is, told from its first bytes and not from its name.</summary>
public static class FileContent
{
    /// <summary>Bytes that <see cref="Describe"/> needs of a longer file.</summary>
    public const int PrefixLength = 4096;

    public const string Gguf = "a GGUF file",
        Safetensors = "a safetensors file",
        Zip = "a zip archive, as PyTorch saves checkpoints",
        Pickle = "a Python pickle",
        Modelfile = "a Modelfile";

    /// <summary>A file that stands for another one, which a repository keeps elsewhere.</summary>
    public const string Pointer = "a Git LFS pointer";

    /// <summary>A noun phrase, e.g. <c>a GGUF file</c>; null if the content is of no kind known here.</summary>
    /// <param name="prefix">The first bytes, at most <see cref="PrefixLength"/>.</param>
    public static string? Describe(ReadOnlySpan<byte> prefix)
    {
        var text = WithoutMark(prefix);
        return prefix.Length == 0 ? "an empty file"
            : prefix.StartsWith("GGUF"u8) ? Gguf
            : prefix.StartsWith("PK\u0003\u0004"u8) ? Zip
            : prefix.Length > 2 && prefix[0] == 0x80 && prefix[1] is >= 2 and <= 5 ? Pickle
            : prefix is [0x1F, 0x8B, ..] ? "a gzip archive"
            : prefix.Length > 4 && prefix[0] == 0x89 && prefix[1..].StartsWith("HDF"u8) ? "an HDF5 file"
            : IsSafetensors(prefix) ? Safetensors
            : text.StartsWith(LfsPointer) ? Pointer
            : IsMarkup(text) ? "a web page"
            : IsTiktoken(text) ? Tiktoken
            : IsModelfile(prefix) ? Modelfile
            : IsJson(text) ? "a JSON file"
            : null;
    }

    /// <summary>Tokens in base64 with their ranks; how text is cut before is in the code of the model's makers.</summary>
    public const string Tiktoken = "a tiktoken vocabulary";

    private static readonly string[] Instructions = ["FROM", "ADAPTER", "SYSTEM", "TEMPLATE", "PARAMETER", "MESSAGE", "LICENSE"];

    private static ReadOnlySpan<byte> LfsPointer => "version https://git-lfs.github.com/spec/v1"u8;

    /// <summary>Whether the lines are <c>base64 rank</c>.</summary>
    public static bool IsTiktoken(ReadOnlySpan<byte> prefix)
    {
        const int Enough = 3;
        var seen = 0;
        for (var rest = prefix; seen < Enough && rest.Length > 0; seen++)
        {
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                break;
            }

            var line = rest[..end].TrimEnd((byte)'\r');
            var space = line.IndexOf((byte)' ');
            if (
                space <= 0
                || !Base64.IsValid(line[..space])
                || !Utf8Parser.TryParse(line[(space + 1)..], out uint _, out var used)
                || used != line.Length - space - 1
            )
            {
                return false;
            }

            rest = rest[(end + 1)..];
        }

        return seen > 0;
    }

    private static bool IsSafetensors(ReadOnlySpan<byte> prefix) =>
        prefix.Length > 9 && prefix[8] == (byte)'{' && System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix) is > 1 and < 100_000_000;

    private static bool IsMarkup(ReadOnlySpan<byte> text)
    {
        var start = text.TrimStart(" \t\r\n"u8);
        return start.Length > 5 && (Begins(start, "<!doctype"u8) || Begins(start, "<html"u8) || Begins(start, "<?xml"u8));
    }

    // Comments, then an instruction. A character that the prefix cuts in two is no matter here.
    private static bool IsModelfile(ReadOnlySpan<byte> prefix)
    {
        var text =
            prefix is [0xFF, 0xFE, ..] ? Encoding.Unicode.GetString(prefix[2..])
            : prefix is [0xFE, 0xFF, ..] ? Encoding.BigEndianUnicode.GetString(prefix[2..])
            : Encoding.UTF8.GetString(WithoutMark(prefix));
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.Length > 0 && trimmed[0] != '#')
            {
                var end = trimmed.IndexOfAny(' ', '\t');
                return end > 0 && Instructions.Contains(trimmed[..end].ToString(), StringComparer.OrdinalIgnoreCase);
            }
        }

        return false;
    }

    private static bool IsJson(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] && !text.Contains((byte)0);

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> wanted) =>
        text.Length >= wanted.Length && Ascii.EqualsIgnoreCase(text[..wanted.Length], wanted);

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
}
