using System.Text;
using Ilab.Data.Isolation;
using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis.Documents;

/// <summary>Documents that are made to cost their reader everything end with one line, within bounds of time and memory, and the service lives on.</summary>
public sealed class HostileDocumentTests
{
    private static readonly ReaderLimits Small = new(TimeSpan.FromSeconds(60), HeapBytes: 192 << 20, OutputBytes: 4 << 20);

    /// <summary>PdfPig leaves out a content that it has no memory for; then there is no text.</summary>
    [Fact]
    public async Task APdfThatExpandsIsRefusedWithinItsMemory() => await RefusedAsync("bomb.pdf", PdfFile.OfBlanks(1L << 30), Small);

    [Fact]
    public async Task APdfWithTooMuchTextIsRefused()
    {
        var content = "BT /F1 1 Tf 1 1 Td " + string.Concat(Enumerable.Repeat("(aaaaaaaaaaaaaaaaaaaa) Tj ", 2000)) + "ET";
        var error = await RefusedAsync("long.pdf", PdfFile.OfContent(content), Small with { OutputBytes = 1000 });
        Assert.Contains("more than 1000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("<<")]
    [InlineData("q ")]
    [InlineData("BT ")]
    public async Task APdfThatNestsDeeplyDoesNotEndTheService(string part) =>
        await ReadOrRefusedAsync("deep.pdf", PdfFile.OfContent(string.Concat(Enumerable.Repeat(part, 300_000)) + " BT /F1 24 Tf 50 700 Td (end) Tj ET"));

    [Theory]
    [InlineData("<div>")]
    [InlineData("<table><tr><td>")]
    [InlineData("<b>")]
    [InlineData("<i><p>")]
    public async Task APageThatNestsDeeplyDoesNotEndTheService(string part) =>
        await ReadOrRefusedAsync("deep.html", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 200_000)) + "end"));

    /// <summary>Open formatting elements are repeated in every paragraph: a page of a megabyte is one of billions of elements.</summary>
    [Fact]
    public async Task APageThatMultipliesItsElementsIsRefused()
    {
        var page = string.Concat(Enumerable.Range(0, 20_000).Select(static index => $"<b id={index}>")) + string.Concat(Enumerable.Repeat("<p>x</p>", 20_000));
        await RefusedAsync("many.html", Encoding.UTF8.GetBytes(page), Small with { Time = TimeSpan.FromSeconds(20), HeapBytes = 96 << 20 });
    }

    [Fact]
    public async Task TimeIsBounded() =>
        Assert.Contains(
            "could not be read within",
            (await RefusedAsync("slow.pdf", PdfFile.OfLine("slow"), Small with { Time = TimeSpan.FromMilliseconds(1) })).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task WhoeverAskedCanStopIt() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            DocumentText.ReadAsync("a.pdf", PdfFile.OfLine("a"), new CancellationToken(canceled: true))
        );

    private static async Task<EngineException> RefusedAsync(string path, byte[] bytes, ReaderLimits limits)
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => DocumentText.ReadAsync(path, bytes, CancellationToken.None, limits));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    /// <summary>Both are right; ending this process, or not coming back, is not.</summary>
    private static async Task ReadOrRefusedAsync(string path, byte[] bytes)
    {
        try
        {
            Assert.Contains(
                "end",
                await DocumentText.ReadAsync(path, bytes, CancellationToken.None, Small with { Time = TimeSpan.FromSeconds(10) }),
                StringComparison.Ordinal
            );
        }
        catch (EngineException error)
        {
            Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        }
    }
}
