using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Datasets.Files;

namespace Ilab.Data.Tests.Datasets.Files;

/// <summary>Rows of CSV to records, in pieces of any size.</summary>
public sealed class RecordFileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task CellsMayHoldSeparatorsLineEndsAndQuotationMarks(int pieceSize)
    {
        var records = await ReadAsync("a.csv", "\uFEFFprompt,completion,note\r\n\"Say \"\"hi\"\",\nplease\",hi,\r\nWas?,ä😀,x\r\n", pieceSize);
        Assert.Equal(
            [(2, "Say \"hi\",\nplease", "hi"), (4, "Was?", "ä😀")],
            records.Select(static record => (record.Number, record.Messages![0].Content, record.Messages[1].Content))
        );
    }

    /// <summary>An array of records, whatever the file is called; what is wrong is told with the line on which the record begins.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task AJsonArrayIsReadElementByElement(int pieceSize)
    {
        const string Array = "\uFEFF \n[\n  {\"user\": \"a]},{\\\"\",\n   \"assistant\": \"b\"},\n\n{\"user\":\"ä😀\",\"assistant\":\"d\"}\n]\n\n";
        foreach (var name in new[] { "a.json", "a.jsonl" })
        {
            var records = await ReadAsync(name, Array, pieceSize);
            Assert.Equal([3L, 6L], records.Select(static record => record.Number));
            Assert.All(records, static record => Assert.Null(record.Problem));
            Assert.Equal(["a]},{\"", "ä😀"], records.Select(static record => record.Messages![0].Content));
        }
    }

    [Theory]
    [InlineData("[{\"user\":\"a\",\"assistant\":\"b\"}", "the array has no end")]
    [InlineData("[", "the array has no end")]
    public async Task AnArrayThatIsCutOffSaysSo(string text, string expected) =>
        Assert.Contains(expected, (await ReadAsync("a.json", text, 3))[^1].Problem, StringComparison.Ordinal);

    [Fact]
    public async Task NothingMayFollowAnArray() =>
        Assert.Contains(
            "line 2: text after the end",
            (await Assert.ThrowsAsync<FormatException>(() => ReadAsync("a.json", "[]\n{}", 3))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task AColumnOfMessagesHoldsJson()
    {
        var records = await ReadAsync(
            "a.tsv",
            "messages\tmetadata\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"a\"\"},{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"b\"\"}]\"\t\"{\"\"k\"\":1}\"\n[no\t\n",
            5
        );
        Assert.Null(records[0].Problem);
        Assert.Equal("b", records[0].Messages![1].Content);
        Assert.Equal("messages is not JSON", records[1].Problem);
    }

    [Fact]
    public async Task ARowOfAnotherWidthIsAProblemOfThatRowOnly()
    {
        var records = await ReadAsync("a.csv", "prompt,completion\na,b\nc\nd,e,f\ng,h\n", 3);
        Assert.Equal(
            [null, "has 1 columns, but the header has 2", "has 3 columns, but the header has 2", null],
            records.Select(static record => record.Problem)
        );
        Assert.Equal([2, 3, 4, 5], records.Select(static record => (int)record.Number));
    }

    [Fact]
    public async Task WhatIsNotCsvSaysSo()
    {
        Assert.Contains(
            "UTF-8",
            (await Assert.ThrowsAsync<FormatException>(() => ReadAsync("a.csv", [.. "prompt,completion\na,"u8, 0xff, (byte)'\n'], 100))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "same name",
            (await Assert.ThrowsAsync<FormatException>(() => ReadAsync("a.csv", "a,a\n1,2\n", 100))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "not closed",
            (await Assert.ThrowsAsync<FormatException>(() => ReadAsync("a.csv", "prompt,completion\n\"" + new string('a', 20 << 20), 1 << 20))).Message,
            StringComparison.Ordinal
        );
        Assert.Empty(await ReadAsync("a.csv", "prompt,completion\n", 100));
        Assert.Empty(await ReadAsync("a.csv", "", 100));
    }

    private static Task<List<ReadRecord>> ReadAsync(string name, string text, int pieceSize) => ReadAsync(name, Encoding.UTF8.GetBytes(text), pieceSize);

    private static async Task<List<ReadRecord>> ReadAsync(string name, byte[] bytes, int pieceSize)
    {
        var records = new List<ReadRecord>();
        await foreach (var record in RecordFile.ReadAsync(name, Pieces.Of(bytes, pieceSize), CancellationToken.None))
        {
            records.Add(new ReadRecord(record.Number, record.Problem, record.Problem is null ? RecordFormat.Read(record.Json).Messages : null));
        }

        return records;
    }

    private sealed record ReadRecord(long Number, string? Problem, IReadOnlyList<RecordMessage>? Messages);
}
