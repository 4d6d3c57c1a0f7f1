using Ilab.Yaml;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>Places as patch programs want them.</summary>
public sealed class UnifiedDiffTests
{
    [Theory]
    [InlineData("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n")]
    [InlineData("a\n", "", "@@ -1,1 +0,0 @@\n-a\n")]
    [InlineData("a\nb\n", "a\nc\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n")]
    public void NoLinesStandAtTheLineBeforeThem(string before, string after, string hunk) =>
        Assert.Equal("--- a/x\n+++ b/x\n" + hunk, UnifiedDiff.Of("x", before, after));
}
