using Ilab.Cli.Commands.Datasets.Synthesis;

namespace Ilab.Cli.Tests.Commands.Datasets.Synthesis;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("*.md", "bird.md", true)]
    [InlineData("*.md", "birds/bird.md", false)]
    [InlineData("**/*.md", "bird.md", true)]
    [InlineData("**/*.md", "birds/of/prey/hawk.md", true)]
    [InlineData("birds/**", "birds/of/prey/hawk.md", true)]
    [InlineData("birds/**", "fish/pike.md", false)]
    [InlineData("/birds/?awk.md", "birds/hawk.md", true)]
    [InlineData("birds/*/hawk.md", "birds/prey/hawk.md", true)]
    [InlineData("birds/*/hawk.md", "birds/of/prey/hawk.md", false)]
    [InlineData("bird.md", "bird+md", false)]
    [InlineData("**/a/**/b", "x/a/y/z/b", true)]
    public void ItMeansWhatAShellMeans(string pattern, string path, bool fits) => Assert.Equal(fits, PathPattern.FitsAny(path, ["nothing", pattern]));
}
