using Ilab.Data.Isolation;
using UglyToad.PdfPig;
using UglyToad.PdfPig.DocumentLayoutAnalysis.TextExtractor;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>Extracts the text of a PDF with PdfPig, page by page, in content order, with empty lines between paragraphs.</summary>
internal static class PdfText
{
    private static readonly ParsingOptions Options = new() { UseLenientParsing = true, SkipMissingFonts = true };

    private static readonly ContentOrderTextExtractor.Options Layout = new() { ReplaceWhitespaceWithSpace = true, SeparateParagraphsWithDoubleNewline = true };

    /// <remarks>PdfPig throws exceptions of many kinds for files that it cannot read.</remarks>
    /// <exception cref="TooMuchOutputException">The text exceeds its limit.</exception>
    public static void Read(byte[] bytes, BoundedText text)
    {
        using var document = PdfDocument.Open(bytes, Options);
        foreach (var page in document.GetPages())
        {
            text.Append(ContentOrderTextExtractor.GetText(page, Layout));
            text.Break(2);
        }
    }
}
