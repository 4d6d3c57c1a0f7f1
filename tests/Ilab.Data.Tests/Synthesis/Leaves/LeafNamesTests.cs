using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Leaves;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis.Leaves;

/// <summary>Leaves are told apart by their paths.</summary>
public sealed class LeafNamesTests
{
    [Theory]
    [InlineData("compositional_skills/a/b_c compositional_skills/a_b/c", 2)]
    [InlineData("compositional_skills/a/b/c compositional_skills/a_b_c compositional_skills/a/b_c", 3)]
    [InlineData("knowledge/A/b knowledge/a/b", 2)]
    [InlineData("knowledge/a/b knowledge/a/c", 0)]
    public void PathsWithOneJoinedNameGetFilesOfTheirOwn(string folders, int suffixed)
    {
        var paths = folders.Split(' ');
        Assert.Equal(paths, LeafNames.PathsOf([.. paths.Select(static path => File($"/t/{path}/qna.yaml"))]));
        var leaves = LeafNames.WithFileNames([.. paths.Select(static path => new Leaf(path, "freeform_skill", [], [], 0))]);
        Assert.Equal(paths.Length, leaves.Select(static leaf => leaf.FileName.ToUpperInvariant()).Distinct().Count());
        Assert.Equal(suffixed, leaves.Count(static leaf => leaf.FileName != leaf.Path.Replace('/', '_')));

        // The name depends on the path, not on the order.
        Assert.Equal(
            leaves.Select(static leaf => leaf.FileName).Order(),
            LeafNames
                .WithFileNames([.. leaves.Reverse().Select(static leaf => new Leaf(leaf.Path, "freeform_skill", [], [], 0))])
                .Select(static l => l.FileName)
                .Order()
        );
    }

    [Theory]
    [InlineData("/tmp/birds/qna.yaml", "birds")]
    [InlineData("/qna.yaml", "questions")]
    [InlineData("/home/ada/compositional_skills/x/qna.yaml", "compositional_skills/x")]
    [InlineData("/tmp/a/birds/qna.yaml /tmp/b/birds/qna.yaml", "birds birds-2")]
    public void NoDirectoryOutsideTheTaxonomyIsPartOfAName(string files, string names) =>
        Assert.Equal(names.Split(' '), LeafNames.PathsOf([.. files.Split(' ').Select(File)]));

    [Theory]
    [InlineData("/t/knowledge/a/qna.yaml /t/knowledge/a/qna.yaml")]
    [InlineData("/t/knowledge/a/qna.yaml /u/knowledge/a/qna.yaml")]
    [InlineData("/tmp/a/qna.yaml /tmp/a/qna.yaml")]
    public void AFileGivenTwiceIsTold(string files) =>
        Assert.Contains(
            "is given twice",
            Assert.Throws<EngineException>(() => LeafNames.PathsOf([.. files.Split(' ').Select(File)])).Message,
            StringComparison.Ordinal
        );

    private static InputFile File(string path) => new(InputKind.Questions, path, path, "", []);
}
