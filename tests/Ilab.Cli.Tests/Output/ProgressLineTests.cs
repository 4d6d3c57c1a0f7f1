using Ilab.Api.V1;
using Ilab.Cli.Output;

namespace Ilab.Cli.Tests.Output;

public sealed class ProgressLineTests
{
    [Fact]
    public void AGenerationShowsLeafSamplesAndWhatHappensNow()
    {
        var progress = new TransferProgress
        {
            Item = "compositional_skills/notes",
            Phase = "notes",
            Done = 10,
            Total = 40,
            Unit = "samples",
            Detail = "make_answers, 120.5 tokens/s, 0:01:02 left, 3 rejected, most by good_pairs: score is not ge 2",
        };
        Assert.Equal(
            "notes [######..................] 10 of 40 samples, make_answers, 120.5 tokens/s, 0:01:02 left, 3 rejected, most by good_pairs: score is not ge 2",
            ProgressLine.Describe(progress)
        );
    }

    [Fact]
    public void ALogCountsInTheUnitOfTheJob()
    {
        Assert.Equal(
            "training 3 of 280 steps",
            ProgressLine.Plain(
                new TransferProgress
                {
                    Phase = "training",
                    Done = 3,
                    Total = 280,
                    Unit = "steps",
                }
            )
        );
        Assert.Equal(
            "hashing a.gguf 1.00 MB of 2.00 MB",
            ProgressLine.Plain(
                new TransferProgress
                {
                    Phase = "hashing",
                    Item = "a.gguf",
                    Done = 1_000_000,
                    Total = 2_000_000,
                }
            )
        );
    }

    [Theory]
    [InlineData("exactly!", 8, "exactly!")]
    [InlineData("too long!", 8, "too lon…")]
    [InlineData("日本語です", 8, "日本語…")]
    [InlineData("bad\u001b[2J", 20, "bad?[2J")]
    public void ALineFitsTheTerminalAndMovesNothing(string text, int width, string expected) => Assert.Equal(expected, ProgressLine.Cut(text, width));
}
