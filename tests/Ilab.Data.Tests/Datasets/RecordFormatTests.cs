using System.Text;
using Ilab.Data.Datasets;
using Ilab.Data.Datasets.Files;

namespace Ilab.Data.Tests.Datasets;

/// <summary>Lines of JSONL to records.</summary>
public sealed class RecordFormatTests
{
    [Theory]
    [InlineData("""{"system":"s","user":"q","assistant":"a"}""", "system:s user:q assistant:a")]
    [InlineData("""{"system":"","user":"q","assistant":"a"}""", "user:q assistant:a")]
    [InlineData("""{"instruction":"q","input":"more","output":"a"}""", "user:q\nmore assistant:a")]
    [InlineData("""{"instruction":"q","input":"","output":"a"}""", "user:q assistant:a")]
    [InlineData("""{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}""", "user:q assistant:a")]
    [InlineData("""{"prompt":"q","completion":"a"}""", "user:q assistant:a")]
    [InlineData("""{"question":"q","answer":"a","context":"c"}""", "user:q\nc assistant:a")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"id":7}""", "user:q assistant:a")]
    public void EveryShapeBecomesMessages(string line, string expected)
    {
        var (messages, stored) = RecordFormat.Read(Encoding.UTF8.GetBytes(line));
        Assert.Equal(expected, string.Join(' ', messages.Select(static message => $"{message.Role}:{message.Content}")));
        Assert.Equal(messages, RecordFormat.Read(stored).Messages);
    }

    [Fact]
    public void MessagesAreKeptByteForByte()
    {
        var line = Encoding.UTF8.GetBytes("""{ "messages" : [{"content":"é\u00e9","role":"user"}], "unmask": true }""");
        Assert.Equal(line, RecordFormat.Read(line).Line.ToArray());
    }

    [Theory]
    [InlineData("[]", "a record must be an object, not a list")]
    [InlineData("{\"a\":", "not JSON")]
    [InlineData("""{"text":"x"}""", "neither messages nor user and assistant")]
    [InlineData("""{"messages":[]}""", "messages is not a non-empty list")]
    [InlineData("""{"messages":[{"role":"user"}]}""", "messages[0] needs role and content")]
    [InlineData("""{"messages":[{"role":"user","content":" "}]}""", "message 1 (user) is empty")]
    [InlineData("""{"user":"\ud800","assistant":"a"}""", "not well-formed Unicode")]
    public void WhatIsNoRecordSaysWhy(string line, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => RecordFormat.Read(Encoding.UTF8.GetBytes(line))).Message, StringComparison.Ordinal);

    [Fact]
    public void LinesAreTheSameHoweverTheBytesArrive()
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFFone\r\n\n  \ntwo\nthree");
        foreach (var size in new[] { 3, 4, 5, 100 })
        {
            var splitter = new LineSplitter(1000);
            var lines = bytes.Chunk(size).SelectMany(piece => splitter.Add(piece).Select(static line => Encoding.UTF8.GetString(line.Span)).ToList()).ToList();
            lines.Add(Encoding.UTF8.GetString(splitter.End()!.Value.Span));
            Assert.Equal(["one", "two", "three"], lines);
            Assert.Equal(5, splitter.Number);
        }
    }
}
