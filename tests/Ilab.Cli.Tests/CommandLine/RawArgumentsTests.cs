using Ilab.Cli.CommandLine;

namespace Ilab.Cli.Tests.CommandLine;

/// <summary>Arguments that lost bytes when they were decoded.</summary>
public sealed class RawArgumentsTests
{
    [Theory]
    [InlineData("ilab\0model\0import\0gr\u00fcn.gguf\0")]
    [InlineData("ilab\0run\0m\0A \ufffd that somebody typed\0")]
    [InlineData("")]
    public void WhatIsUtf8IsTaken(string line) => Assert.Null(RawArguments.ProblemIn(System.Text.Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData(0xFC)]
    [InlineData(0x80)]
    [InlineData(0xF0)]
    public void ANameOfOtherBytesIsTold(byte wrong)
    {
        byte[] line = [.. "ilab\0model\0import\0gr"u8, wrong, .. "n\n.gguf\0"u8];
        var problem = RawArguments.ProblemIn(line);
        Assert.StartsWith("the argument \"gr\ufffdn?.gguf\" has bytes that are not UTF-8; rename the file", problem, StringComparison.Ordinal);
    }

    /// <summary>The arguments of this process are in order, whatever the runtime made of those that it is given here.</summary>
    [Fact]
    public void ThoseOfTheProcessDecide() => Assert.Null(RawArguments.Problem(["model", "import", "\ufffd"]));
}
