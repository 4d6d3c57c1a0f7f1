using Ilab.Data.Isolation;
using UglyToad.PdfPig;
using UglyToad.PdfPig.DocumentLayoutAnalysis.TextExtractor;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>Text of a PDF by PdfPig, page by page, in the order of its content, with an empty line between paragraphs.</summary>
internal static class PdfText
{
    private static readonly ParsingOptions Options = new() { UseLenientParsing = true, SkipMissingFonts = true };

    private static readonly ContentOrderTextExtractor.Options Layout = new() { ReplaceWhitespaceWithSpace = true, SeparateParagraphsWithDoubleNewline = true };

    /// <remarks>PdfPig throws exceptions of many kinds for files that it cannot read.</remarks>
    /// <exception cref="TooMuchOutputException">There is more text than allowed.</exception>
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
