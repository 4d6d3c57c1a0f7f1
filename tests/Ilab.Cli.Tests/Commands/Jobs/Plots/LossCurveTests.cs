using Ilab.Cli.Commands.Jobs.Plots;

namespace Ilab.Cli.Tests.Commands.Jobs.Plots;

public sealed class LossCurveTests
{
    internal static readonly string[] Lines =
    [
        """{"type":"plan","time":"2026-01-02T03:04:05Z","steps":4,"text":"4 steps"}""",
        .. Enumerable
            .Range(1, 4)
            .Select(static step =>
                $$"""{"type":"step","time":"2026-01-02T03:04:05Z","step":{{step}},"loss":{{5 - step}}.5,"learningRate":0.001,"tokensPerSecond":100}"""
            ),
        """{"type":"step","time":"2026-01-02T03:04:06Z","step":4,"loss":0.75}""",
        """{"type":"evaluation","time":"2026-01-02T03:04:06Z","step":4,"loss":1.25}""",
    ];

    [Fact]
    public void AStepThatWasDoneAgainCountsOnce()
    {
        var curve = LossCurve.Read("x", Lines);

        Assert.Equal([new Point(1, 4.5), new(2, 3.5), new(3, 2.5), new(4, 0.75)], curve.Training);
        Assert.Equal([new Point(4, 1.25)], curve.Evaluation);
        Assert.InRange(curve.Range.Low, 0, 0.75);
        Assert.InRange(curve.Range.High, 4.5, 5);
    }

    [Theory]
    [InlineData(0, 10, 5, new double[] { 0, 2, 4, 6, 8, 10 })]
    [InlineData(0.13, 0.52, 4, new[] { 0.2, 0.3, 0.4, 0.5 })]
    public void TicksAreRoundNumbers(double low, double high, int most, double[] expected) => Assert.Equal(expected, LossCurve.Ticks(low, high, most));

    [Fact]
    public void TheTerminalShowsItFromHighToLow()
    {
        var text = TerminalPlot.Draw(LossCurve.Read("loss", Lines), 60, 8);
        var rows = text.Split('\n');

        Assert.Equal("loss", rows[0]);
        Assert.Equal(8, rows.Count(static row => row.Contains('\u2502', StringComparison.Ordinal)));
        // It begins in the upper left corner and ends in the lower right one.
        Assert.InRange(rows[1].IndexOfAny([.. Enumerable.Range(0x2801, 255).Select(static code => (char)code)]), 0, 14);
        Assert.InRange(rows[8].TrimEnd().Length, 50, 60);
        Assert.All(rows, static row => Assert.InRange(row.Length, 0, 60));
    }

    [Fact]
    public void TheSvgIsWellFormedAndEscapesTheTitle()
    {
        var svg = System.Xml.Linq.XDocument.Parse(SvgPlot.Draw(LossCurve.Read("a < b & c", Lines)));

        Assert.Contains(svg.Descendants(), static element => element.Value == "a < b & c");
        Assert.Equal(4, svg.Descendants().First(static element => element.Name.LocalName == "polyline").Attribute("points")!.Value.Split(' ').Length);
    }
}
