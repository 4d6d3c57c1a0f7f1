using System.Globalization;
using System.Text;
using Ilab.Data.Isolation;

namespace Ilab.Data.Synthesis.Documents;

/// <summary><c>ilabd read-document EXTENSION SECONDS BYTES</c>: converts a document on standard input to UTF-8 text on standard output.</summary>
public static class DocumentProgram
{
    public const string Verb = "read-document";

    /// <param name="arguments">The arguments after the verb.</param>
    /// <returns>The exit code. Errors are reported in one line on standard error.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, Stream input, Stream output, TextWriter error) =>
        ReaderProgram.RunAsync(
            arguments[1],
            async () =>
            {
                using var bytes = new MemoryStream();
                await input.CopyToAsync(bytes).ConfigureAwait(false);

                // A character takes at least one byte of UTF-8: text within the byte limit has at most as many characters.
                var text = new BoundedText(int.Parse(arguments[2], CultureInfo.InvariantCulture));
                Read(arguments[0], bytes, text);
                await output.WriteAsync(Encoding.UTF8.GetBytes(text.Builder.ToString())).ConfigureAwait(false);
            },
            error
        );

    private static void Read(string extension, MemoryStream bytes, BoundedText text)
    {
        if (extension == ".pdf")
        {
            PdfText.Read(bytes.ToArray(), text);
            return;
        }

        HtmlText.Read(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length), text);
    }
}
