using Ilab.Http.Ollama;

namespace Ilab.Http.Tests.Ollama;

/// <summary>What is thought and what is said, wherever the pieces of a stream end.</summary>
public sealed class ThoughtSplitterTests
{
    [Theory]
    [InlineData(false, "<think>\nHm. So.\n</think>\n\nYes.", "Hm. So.", "Yes.")]
    [InlineData(false, "\n<think>Hm</think>Yes </think> so", "Hm", "Yes </think> so")]
    [InlineData(false, "<think>\n\n</think>\n\nYes.\n", "", "Yes.\n")]
    [InlineData(false, "<think>Hm, </thin and < so", "Hm, </thin and < so", "")]
    [InlineData(false, "  Yes, <think>no</think>", "", "  Yes, <think>no</think>")]
    [InlineData(false, "<thi", "", "<thi")]
    [InlineData(false, "<thin ice", "", "<thin ice")]
    [InlineData(false, "", "", "")]
    [InlineData(true, "\nHm.\n</think>\n\nYes.", "Hm.", "Yes.")]
    [InlineData(true, "Hm.</think>", "Hm.", "")]
    [InlineData(true, "Hm. \n", "Hm.", "")]
    [InlineData(true, "<think>", "<think>", "")]
    public void IsTheSameWhereverThePiecesEnd(bool isInside, string text, string thought, string said)
    {
        for (var length = 1; length <= Math.Max(1, text.Length); length++)
        {
            var splitter = new ThoughtSplitter(isInside);
            var parts = text.Chunk(length).Select(piece => splitter.Add(new string(piece))).ToList();
            parts.Add(splitter.Finish());
            Assert.Equal((thought, said), (string.Concat(parts.Select(static one => one.Thought)), string.Concat(parts.Select(static one => one.Answer))));
        }
    }

    [Fact]
    public void NothingIsHeldBackWithoutNeed()
    {
        var splitter = new ThoughtSplitter(isInside: true);
        Assert.Equal(("Hm,", ""), splitter.Add("Hm, "));
        Assert.Equal((" so", ""), splitter.Add("so</th"));
        Assert.Equal(("", ""), splitter.Add("ink>\n"));
        Assert.Equal(("", "Yes"), splitter.Add("\nYes"));
        Assert.Equal(("", " \n"), splitter.Add(" \n"));
    }
}
