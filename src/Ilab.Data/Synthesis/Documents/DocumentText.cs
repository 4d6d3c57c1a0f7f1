using System.Text;
using Ilab.Data.Isolation;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>Extracts the text of documents in several formats.</summary>
internal static class DocumentText
{
    public static readonly string[] Extensions = [".md", ".markdown", ".txt", ".text", ".rst", ".html", ".htm", ".pdf"];

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <param name="path">Used in error messages; its extension determines the format.</param>
    /// <param name="limits">For PDF and HTML; null = <see cref="DocumentProcess.Limits"/>.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT: unsupported format or invalid document.</exception>
    public static async Task<string> ReadAsync(string path, byte[] bytes, CancellationToken cancellationToken, ReaderLimits? limits = null)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        if (!Extensions.Contains(extension))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path}: unsupported document format", $"these can: {string.Join(", ", Extensions)}");
        }

        limits ??= DocumentProcess.Limits;
        if (extension == ".pdf")
        {
            var pages = Clean(await DocumentProcess.ReadAsync(path, extension, bytes, limits, cancellationToken).ConfigureAwait(false));
            return pages.Length > 0
                ? pages
                : throw new EngineException(ErrorKind.InvalidArgument, $"{path} contains no text", "scanned pages need text recognition (OCR) first");
        }

        try
        {
            var content = bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);
            var text = Strict.GetString(content.Span);
            return Clean(
                extension is ".html" or ".htm" ? await DocumentProcess.ReadAsync(path, ".html", content, limits, cancellationToken).ConfigureAwait(false) : text
            );
        }
        catch (DecoderFallbackException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is not UTF-8", "convert it to UTF-8 first", exception);
        }
    }

    /// <summary>Normalizes line breaks, and removes control characters and repeated empty lines.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        var breaks = 0;
        foreach (var character in text.ReplaceLineEndings("\n").Replace('\f', '\n'))
        {
            if (char.IsControl(character) && character is not ('\n' or '\t'))
            {
                continue;
            }

            breaks =
                character == '\n' ? breaks + 1
                : character is ' ' or '\t' ? breaks
                : 0;
            if (breaks <= 2)
            {
                clean.Append(character);
            }
        }

        return clean.ToString().Trim();
    }
}
