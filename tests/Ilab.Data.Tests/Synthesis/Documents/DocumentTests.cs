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
        var text = await DocumentText.ReadAsync(
            "a.html",
            Encoding.UTF8.GetBytes(
                "<html><head><title>T</title><style>p{}</style></head><body><nav>menu</nav><h2>Birds &amp; more</h2><p>They  sing<br>and <b>fly</b>.</p><ul><li>one</li><li>two</li></ul><script>x<y</script><!-- no --></body></html>"
            ),
            CancellationToken.None
        );
        Assert.Equal("## Birds & more\n\nThey sing\nand fly.\n\n- one\n- two", text);
    }

    [Fact]
    public async Task APageKeepsItsCodeAndItsTables()
    {
        var text = await DocumentText.ReadAsync(
            "a.htm",
            "<h1>A</h1><pre>if (x)\n    y();</pre><table><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2</td></tr></table><p>1 < 2 & <i>odd"u8.ToArray(),
            CancellationToken.None
        );
        Assert.StartsWith("# A\n\nif (x)\n    y();\n\nk | v |", text, StringComparison.Ordinal);
        Assert.Contains("\n1 | 2 |", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n1 < 2 & odd", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TextKeepsItsWordsAndLosesWhatIsNoText()
    {
        Assert.Equal(
            "# A\n\nb\tc",
            await DocumentText.ReadAsync("a.md", Encoding.UTF8.GetBytes("\uFEFF# A\r\n\r\n\r\n\r\nb\tc\u0007\n"), CancellationToken.None)
        );
        Assert.Contains(
            "not UTF-8",
            (await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.txt", [0xff, 0xfe], CancellationToken.None))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "unsupported document format",
            (await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.docx", [], CancellationToken.None))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task APdfThatCannotBeReadSaysWhatToDo()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.pdf", "%PDF-1.4 not really"u8.ToArray(), CancellationToken.None));
        Assert.True(
            error.Kind is ErrorKind.Unsupported or ErrorKind.InvalidArgument
                && error.Hint.Length > 0
                && error.Message.StartsWith("a.pdf", StringComparison.Ordinal),
            error.Message
        );
    }

    [Fact]
    public async Task APdfBecomesItsText()
    {
        Assert.Equal("Penguins swim.", await DocumentText.ReadAsync("a.pdf", PdfFile.OfLine("Penguins swim."), CancellationToken.None));
        Assert.Contains(
            "no text",
            (await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync("a.pdf", PdfFile.OfContent(""), CancellationToken.None))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(20, 5)]
    [InlineData(50, 0)]
    [InlineData(7, 3)]
    public async Task PiecesAreSmallOverlapAndLoseNothing(int most, int overlap)
    {
        var text = string.Join(
            "\n\n",
            Enumerable
                .Range(0, 12)
                .Select(static p =>
                    p % 4 == 0 ? $"# Heading {p}" : string.Join(' ', Enumerable.Range(0, 5).Select(s => $"Sentence {p}x{s} tells of p{p}s{s}."))
                )
        );
        var pieces = await new Chunker(new WordTokens(), most, overlap).CutAsync(text, CancellationToken.None);
        Assert.All(pieces, piece => Assert.InRange(WordTokens.Of(piece), 1, most));
        Assert.All(
            text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
            word => Assert.Contains(pieces, piece => piece.Contains(word, StringComparison.Ordinal))
        );
        Assert.True(
            overlap == 0
                || most < 10
                || pieces
                    .Zip(pieces.Skip(1))
                    .Count(static pair => pair.First.Split(' ').Intersect(pair.Second.Split(' ')).Any(static word => word.StartsWith('p'))) > 0
        );
        Assert.All(pieces, piece => Assert.False(most >= 10 && piece.Split('\n')[^1].StartsWith('#')));
    }

    [Fact]
    public void WhatLooksLikeAHeadingInCodeIsNone()
    {
        var code = "Before.\n\n```sh\n# not a heading\n\nls\n```\n\nTitle\n=====\n\nAfter.\n\n- one\n- two";
        var blocks = MarkdownBlocks.Of(code).ToList();
        Assert.Equal(
            ["Before.", "```sh\n# not a heading\n\nls\n```", "Title\n=====", "After.", "- one", "- two"],
            blocks.Select(static block => block.Text.TrimEnd('\n'))
        );
        Assert.Equal("Title", Assert.Single(blocks, static block => block.IsHeading).Text.Split('\n')[0]);
    }

    [Theory]
    [InlineData("> ")]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("# ")]
    [InlineData("1) ")]
    public async Task HostileMarkdownIsCutInTimeAndLosesNothing(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 100_000)) + "end\n\nlast";
        var pieces = await new Chunker(new EstimatedTokens(), 1000, 0).CutAsync(text, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Dense(text), Dense(string.Concat(pieces)));

        static string Dense(string text) => string.Concat(text.Where(static character => !char.IsWhiteSpace(character)));
    }

    [Fact]
    public async Task ALongWordIsCutWithoutBreakingACharacter()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 1000));
        var pieces = await new Chunker(new EstimatedTokens(), 50, 10).CutAsync(text, CancellationToken.None);
        Assert.Equal(text, string.Concat(pieces.Take(1)) + text[pieces[0].Length..]);
        Assert.All(pieces, static piece => Assert.False(char.IsLowSurrogate(piece[0])));
    }

    private sealed class WordTokens : ITokenCounter
    {
        public static int Of(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length;

        public ValueTask<int> CountAsync(string text, CancellationToken cancellationToken) => ValueTask.FromResult(Of(text));
    }
}
