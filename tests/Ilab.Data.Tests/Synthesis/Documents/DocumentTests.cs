using System.Text;
using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis.Documents;

/// <summary>Documents to text, and text to pieces.</summary>
public sealed class DocumentTests
{
    [Fact]
    public async Task APageBecomesWhatItSays()
    {
        var text = await DocumentText.ReadAsync("a.html", Encoding.UTF8.GetBytes("<html><head><title>T</title><style>p{}</style></head><body><nav>menu</nav><h2>Birds &amp; more</h2><p>They  sing<br>and <b>fly</b>.</p><ul><li>one</li><li>two</li></ul><script>x<y</script><!-- no --></body></html>"), CancellationToken.None);
        Assert.Equal("## Birds & more\n\nThey sing\nand fly.\n\n- one\n- two", text);
    }

    [Fact]
    public async Task TextKeepsItsWordsAndLosesWhatIsNoText()
    {
        Assert.Equal("# A\n\nb\tc", await DocumentText.ReadAsync("a.md", Encoding.UTF8.GetBytes("\uFEFF# A\r\n\r\n\r\n\r\nb\tc\u0007\n"), CancellationToken.None));
        Assert.Contains("not UTF-8", (await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.txt", [0xff, 0xfe], CancellationToken.None))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.docx", [], CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APdfThatCannotBeReadSaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.pdf", "%PDF-1.4 not really"u8.ToArray(), CancellationToken.None));
        Assert.True(error.Kind is ErrorKind.Unsupported or ErrorKind.InvalidArgument && error.Hint.Length > 0 && error.Message.StartsWith("a.pdf", StringComparison.Ordinal), error.Message);
    }

    [SkippableFact]
    public async Task APdfIsReadByPdftotext()
    {
        Skip.IfNot((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static folder => File.Exists(Path.Combine(folder, "pdftotext"))), "needs pdftotext (poppler-utils)");
        Assert.Equal("Penguins swim.", await DocumentText.ReadAsync("a.pdf", Pdf("Penguins swim."), CancellationToken.None));
    }

    [Theory]
    [InlineData(20, 5)]
    [InlineData(50, 0)]
    [InlineData(7, 3)]
    public async Task PiecesAreSmallOverlapAndLoseNothing(int most, int overlap)
    {
        var text = string.Join("\n\n", Enumerable.Range(0, 12).Select(static p => p % 4 == 0 ? $"# Heading {p}" : string.Join(' ', Enumerable.Range(0, 5).Select(s => $"Sentence {p}x{s} tells of p{p}s{s}."))));
        var pieces = await new Chunker(new WordTokens(), most, overlap).CutAsync(text, CancellationToken.None);
        Assert.All(pieces, piece => Assert.InRange(WordTokens.Of(piece), 1, most));
        Assert.All(text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(pieces, piece => piece.Contains(word, StringComparison.Ordinal)));
        Assert.True(overlap == 0 || most < 10 || pieces.Zip(pieces.Skip(1)).Count(static pair => pair.First.Split(' ').Intersect(pair.Second.Split(' ')).Any(static word => word.StartsWith('p'))) > 0);
        Assert.All(pieces, piece => Assert.False(most >= 10 && piece.Split('\n')[^1].StartsWith('#')));
    }

    [Fact]
    public async Task ALongWordIsCutWithoutBreakingACharacter()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 1000));
        var pieces = await new Chunker(new EstimatedTokens(), 50, 10).CutAsync(text, CancellationToken.None);
        Assert.Equal(text, string.Concat(pieces.Take(1)) + text[pieces[0].Length..]);
        Assert.All(pieces, static piece => Assert.False(char.IsLowSurrogate(piece[0])));
    }

    /// <summary>One page with one line.</summary>
    private static byte[] Pdf(string text)
    {
        var page = $"BT /F1 24 Tf 50 700 Td ({text}) Tj ET";
        string[] objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>", $"<< /Length {page.Length} >>\nstream\n{page}\nendstream", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"];
        var pdf = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        foreach (var (index, content) in objects.Index())
        {
            places.Add(pdf.Length);
            pdf.Append(System.Globalization.CultureInfo.InvariantCulture, $"{index + 1} 0 obj\n{content}\nendobj\n");
        }

        var start = pdf.Length;
        pdf.Append("xref\n0 6\n0000000000 65535 f \n");
        places.ForEach(place => pdf.Append(System.Globalization.CultureInfo.InvariantCulture, $"{place:0000000000} 00000 n \n"));
        return Encoding.ASCII.GetBytes(pdf.Append(System.Globalization.CultureInfo.InvariantCulture, $"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").ToString());
    }

    private sealed class WordTokens : ITokenCounter
    {
        public static int Of(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length;

        public ValueTask<int> CountAsync(string text, CancellationToken cancellationToken) => ValueTask.FromResult(Of(text));
    }
}
