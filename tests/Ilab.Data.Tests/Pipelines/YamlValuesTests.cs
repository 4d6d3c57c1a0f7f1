using Ilab.Data.Pipelines;

namespace Ilab.Data.Tests.Pipelines;

/// <summary>Recipes and pipelines mean what PyYAML, with which InstructLab reads them, makes of them: the cases of decision 0017.</summary>
public sealed class YamlValuesTests
{
    [Theory]
    [InlineData("no", false)]
    [InlineData("on", true)]
    [InlineData("1_000", 1000L)]
    [InlineData("0b11", 3L)]
    [InlineData("12:30", 750L)]
    [InlineData("010", 8L)]
    [InlineData("1e3", "1e3")]
    [InlineData("'no'", "no")]
    [InlineData("1.0", 1.0)]
    public void PlainValuesHaveTheTypesOfYaml11(string text, object expected) => Assert.Equal(expected, BlockConfig.ReadMapping($"a: {text}", "r.yaml")["a"]);

    [Fact]
    public void MergedMappingsAreMerged() =>
        Assert.Equal(["k", "z"], ((IDictionary<string, object?>)BlockConfig.ReadMapping("x: &x {k: 1}\ny: {<<: *x, z: 2}", "r.yaml")["y"]!).Keys.Order());

    [Fact]
    public void DeepNestingIsRefusedWithItsPlace() =>
        Assert.StartsWith(
            "r.yaml:1:",
            Assert.Throws<PipelineException>(() => BlockConfig.ReadMapping("a: " + new string('[', 100_000), "r.yaml")).Message,
            StringComparison.Ordinal
        );
}
