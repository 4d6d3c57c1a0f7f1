using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Ilab.Data.Tests.Synthesis.Documents;

/// <summary>PDF files of one page, written by hand.</summary>
internal static class PdfFile
{
    public static byte[] OfLine(string text) => OfContent($"BT /F1 24 Tf 50 700 Td ({text}) Tj ET");

    public static byte[] OfContent(string content) => Write(Encoding.ASCII.GetBytes(content), "");

    /// <summary>A page whose content is so many bytes of blanks: a thousandth of them in the file.</summary>
    public static byte[] OfBlanks(long bytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var blanks = new byte[1 << 20];
            Array.Fill(blanks, (byte)' ');
            for (var written = 0L; written < bytes; written += blanks.Length)
            {
                deflate.Write(blanks);
            }
        }

        return Write(packed.ToArray(), "/Filter /FlateDecode ");
    }

    private static byte[] Write(byte[] content, string filter)
    {
        using var pdf = new MemoryStream();
        var places = new List<long>();
        Text("%PDF-1.4\n");
        Object("<< /Type /Catalog /Pages 2 0 R >>"u8);
        Object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>"u8);
        Object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"u8);
        Object([.. Encoding.ASCII.GetBytes($"<< {filter}/Length {content.Length} >>\nstream\n"), .. content, .. "\nendstream"u8]);
        Object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"u8);
        var start = pdf.Length;
        Text("xref\n0 6\n0000000000 65535 f \n");
        places.ForEach(place => Text(string.Create(CultureInfo.InvariantCulture, $"{place:0000000000} 00000 n \n")));
        Text($"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
        return pdf.ToArray();

        void Text(string text) => pdf.Write(Encoding.ASCII.GetBytes(text));

        void Object(ReadOnlySpan<byte> body)
        {
            places.Add(pdf.Length);
            Text($"{places.Count} 0 obj\n");
            pdf.Write(body);
            Text("\nendobj\n");
        }
    }
}
