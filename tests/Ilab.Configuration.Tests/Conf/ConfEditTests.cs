using System.Text;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Tests.Conf;

/// <summary>A key goes; everything else stays.</summary>
public sealed class ConfEditTests
{
    private const string Text = """
        # mine
        generation:
          # why
          temperature: 0.2  # cool
          stop:
          - a
          - b

          system: |
            two
              lines
        # of the section below
        training: {rank: 4}
        """;

    [Theory]
    [InlineData("generation.temperature", "  temperature: 0.2  # cool\n")]
    [InlineData("generation.stop", "  stop:\n  - a\n  - b\n")]
    [InlineData("generation.system", "  system: |\n    two\n      lines\n")]
    public void TheLinesOfAKeyGo(string key, string lines) =>
        Assert.Equal(Text.Replace(lines, "", StringComparison.Ordinal), ConfEdit.Remove(Text, Read(Text), key));

    [Fact]
    public void WhatSharesItsLineStays()
    {
        Assert.Null(ConfEdit.Remove(Text, Read(Text), "training.rank"));
        Assert.Null(ConfEdit.Remove(Text, Read(Text), "training.alpha"));
    }

    [Fact]
    public void LineEndsAndTheLastLineAreKept()
    {
        const string Windows = "model:\r\n  default: a\r\ntraining:\r\n  rank: 4";
        Assert.Equal("model:\r\ntraining:\r\n  rank: 4", ConfEdit.Remove(Windows, Read(Windows), "model.default"));
        Assert.Equal("model:\r\n  default: a\r\ntraining:\r\n", ConfEdit.Remove(Windows, Read(Windows), "training.rank"));
    }

    [Fact]
    public void LinesEndWhereYamlEndsThem()
    {
        const string Old = "model:\r  default: a\rtraining:\r  rank: 4\r";
        Assert.Equal("model:\rtraining:\r  rank: 4\r", ConfEdit.Remove(Old, Read(Old), "model.default"));
        Assert.Equal("model:\r  default: a\rtraining:\r", ConfEdit.Remove(Old, Read(Old), "training.rank"));

        const string Rare = "# x\u0085model:\u2028  default: a\ntraining:\n  rank: 4\n";
        Assert.Equal("# x\u0085model:\u2028  default: a\ntraining:\n", ConfEdit.Remove(Rare, Read(Rare), "training.rank"));
        Assert.Equal("# x\u0085model:\u2028training:\n  rank: 4\n", ConfEdit.Remove(Rare, Read(Rare), "model.default"));
    }

    private static ConfFile Read(string text) => new ConfReader(SettingTable.All).Read("x", Encoding.UTF8.GetBytes(text));
}
