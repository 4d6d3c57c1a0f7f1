using System.Text;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>What a generation said, for readers that come and go.</summary>
public sealed class GenerationLogTests
{
    [Fact]
    public void AReaderThatComesBackGoesOnWhereItWas()
    {
        var log = new GenerationLog("g");
        log.Add(new GenerationEvent { Started = new Started() });
        log.AddToken(new StringBuilder("one "), null);
        log.AddToken(new StringBuilder("two "), null);
        var first = new List<GenerationEvent>();
        var next = log.Read(0, first);
        log.AddToken(new StringBuilder("three"), null);
        log.Add(new GenerationEvent { Finished = new Finished { CompletionTokens = 3 } });
        var second = new List<GenerationEvent>();
        log.Read(next, second);
        Assert.Equal("one two ", first[1].Delta.Text);
        Assert.Equal(2u, first[1].Delta.TokenCount);
        Assert.Equal("three", second[0].Delta.Text);
        Assert.Equal([0ul, 1, 2, 3], first.Concat(second).Select(static entry => entry.Offset));
        Assert.True(log.Ended);
        var again = new List<GenerationEvent>();
        log.Read(0, again);
        Assert.Equal(first.Concat(second), again);
    }
}
