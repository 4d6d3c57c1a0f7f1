using System.Text;
using Ilab.Data.Datasets;

namespace Ilab.Data.Tests.Datasets;

/// <summary>How long records are is told from a part of large files, and from all of small ones.</summary>
public sealed class LengthSampleTests
{
    private const int Markers = 8;

    [Fact]
    public void EveryRecordOfASmallFileCounts()
    {
        var lengths = Measure(
            "\uFEFF{\"text\": \"one two\"}\r\n\n{\"prompt\": \"a b c\", \"completion\": \"d\"}\n"
                + "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b c d e\"}]}",
            Words
        )!;
        Assert.Equal((3L, true, false), (lengths.Records, lengths.IsCounted, lengths.IsSample));
        Assert.Equal((2, 5), (lengths.Sorted[0], lengths.Longest));
        Assert.Equal("3 records", lengths.Source);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("[{\"text\": \"an array\"},\n{\"text\": \"of records\"}]")]
    [InlineData("not json at all\n")]
    public void WithoutRecordsNothingIsKnown(string text) => Assert.Null(Measure(text, Words));

    [Fact]
    public void WhatIsNoRecordIsLeftOutAndCharactersCountWithoutAVocabulary()
    {
        var lengths = Measure("{\"text\": \"12345678\"}\nbroken\n{\"other\": 1}\n", null)!;
        Assert.Equal([2 + Markers], lengths.Sorted);
        Assert.False(lengths.IsCounted);
        Assert.Equal("1 of about 3 records, four characters taken for a token, 8 tokens for the markers of a message", lengths.Source);
    }

    [Fact]
    public void MarkersThatNoTemplateSaysAreAnAssumption()
    {
        static (int, bool) Untold(IReadOnlyList<RecordMessage> messages, ReadOnlyMemory<byte> record) => (RecordCounter.Estimate(messages, Words), false);
        var lengths = LengthSample.Measure(new MemoryStream("{\"text\": \"a b\"}\n"u8.ToArray()), Untold, CancellationToken.None)!;
        Assert.Equal((2 + Markers, "1 record, 8 tokens for the markers of a message"), (lengths.Longest, lengths.Source));
    }

    /// <summary>Long and short records alternate in unequal parts: what a place shows must not prefer the long ones.</summary>
    [Fact]
    public void OfALargeFileAPartIsReadAndSaysWhatTheWholeWouldSay()
    {
        var text = new StringBuilder();
        for (var index = 0; index < 40_000; index++)
        {
            text.Append("{\"text\": \"").Append(string.Concat(Enumerable.Repeat("w ", index % 4 == 0 ? 400 : 20))).Append("\"}\n");
        }

        using var stream = new CountingStream(Encoding.UTF8.GetBytes(text.ToString()));
        var lengths = LengthSample.Measure(stream, Counted(Words), CancellationToken.None)!;
        Assert.InRange(stream.BytesRead, 1, stream.Length * 3 / 4);
        Assert.InRange(lengths.Records, 34_000, 46_000);
        Assert.True(lengths.IsSample);
        Assert.InRange(lengths.Above(100), 0.2, 0.3);
        Assert.Equal((20, 400), (lengths.At(0.5), lengths.Longest));
        Assert.Contains(" of about ", lengths.Source, StringComparison.Ordinal);
    }

    private static int Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    private static Ilab.Engine.Wizard.Facts.LengthFacts? Measure(string text, Func<string, int>? count) =>
        LengthSample.Measure(new MemoryStream(Encoding.UTF8.GetBytes(text)), count is null ? null : Counted(count), CancellationToken.None);

    private static RecordCount Counted(Func<string, int> count) => (messages, _) => (messages.Sum(message => count(message.Content)), true);

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long BytesRead { get; private set; }

        /// <summary>Reading into a span comes here, too: a stream that is derived from this one could see it no other way.</summary>
        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }
    }
}
