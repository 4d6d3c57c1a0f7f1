using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Pipelines;

/// <summary>Whole pipelines: those that come with ilab, files of others, and what is wrong with a file.</summary>
public sealed class PipelineTests
{
    private static readonly Row Skill = Make.Row(("task_description", "T"), ("seed_question", "SQ"), ("seed_response", "SR"), ("seed_context", "SC"));
    private static readonly Row Knowledge = Make.Row(
        ("document", "D"),
        ("icl_document", "ID"),
        ("document_outline", "O"),
        ("domain", "X"),
        ("icl_query_1", "Q1"),
        ("icl_response_1", "R1"),
        ("icl_query_2", "Q2"),
        ("icl_response_2", "R2"),
        ("icl_query_3", "Q3"),
        ("icl_response_3", "R3")
    );

    [Theory]
    [InlineData("simple", "freeform_skill", 6)]
    [InlineData("simple", "grounded_skill", 6)]
    [InlineData("simple", "knowledge", 6)]
    [InlineData("full", "freeform_skill", 6)]
    [InlineData("full", "grounded_skill", 6)]
    [InlineData("full", "knowledge", 2)]
    public async Task ABuiltInPipelineMakesQuestionsAndAnswers(string name, string kind, int expected)
    {
        var pipeline = BuiltInPipelines.Load(name).For(kind);
        Assert.Empty(pipeline.Warnings);
        var run = Make.Run(Answer, scale: 6);
        var rows = await pipeline.RunAsync([kind == "knowledge" ? Knowledge : Skill], run, CancellationToken.None);
        Assert.True(rows.Count == expected, $"{rows.Count} rows; {string.Join("; ", run.Rejected)}");
        Assert.All(rows, static row => Assert.True(row.Text("question", "").Length > 0 && row.Text("response", "").Length > 0));
        Assert.True(pipeline.Plan(1, 6).Calls >= 1);
    }

    [SkippableFact]
    public async Task FilesOfInstructLabRunAsTheyAre()
    {
        var folder = Environment.GetEnvironmentVariable("ILAB_TEST_SDG");
        Skip.IfNot(Directory.Exists(folder), "ILAB_TEST_SDG does not name a folder with InstructLab's pipelines and configs");
        var files = Directory
            .EnumerateFiles(folder!, "*.yaml", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder!, path), File.ReadAllBytes);
        foreach (var name in new[] { "simple", "full", "llama" })
        {
            var set = PipelineLoader.Load($"pipelines/{name}", files);
            foreach (var kind in PipelineSet.Kinds)
            {
                var run = Make.Run(Answer, scale: 2);
                var rows = await set.For(kind).RunAsync([kind == "knowledge" ? Knowledge : Skill], run, CancellationToken.None);
                Assert.True(rows.Count > 0, $"{name} {kind}: {string.Join("; ", run.Rejected)}");
            }
        }

        Assert.NotEmpty(PipelineLoader.Load("pipelines/eval/mmlu_bench.yaml", files).For("knowledge").Steps);
    }

    [Theory]
    [InlineData("blocks: []", "no version")]
    [InlineData("version: '1.0'\nblocks: []", "has no blocks")]
    [InlineData("version: '2.0'\nblocks: [x]", "this ilab supports 1.0")]
    [InlineData("version: '1.0'\nblocks: [{name: a, type: B, config: {}}]", "block a: unknown block type B")]
    [InlineData("version: '1.0'\nblocks: [{type: B}]", "block 1: name is missing")]
    [InlineData("version: '1.0'\nblocks: [", "p.yaml:")]
    public void AWrongFileSaysWhatIsWrong(string text, string expected)
    {
        var error = Assert.Throws<EngineException>(() =>
            PipelineLoader.Load("d/p.yaml", new Dictionary<string, byte[]> { ["d/p.yaml"] = System.Text.Encoding.UTF8.GetBytes(text) })
        );
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ColumnsAndDuplicatesAreDroppedAndWhatIsUnknownIsTold()
    {
        var text =
            "version: '1.7'\nblocks:\n  - {name: d, type: DuplicateColumnsBlock, config: {columns_map: {a: c}, odd: 1}, drop_columns: [b], drop_duplicates: [a]}\n";
        var pipeline = PipelineReader.Read(text, "p.yaml", Make.Files());
        Assert.Equal(2, pipeline.Warnings.Count);
        var run = Make.Run();
        Assert.Equal(
            "a=1,c=1",
            Make.Show(await pipeline.RunAsync([Make.Row(("a", 1L), ("b", 1L)), Make.Row(("a", 1L), ("b", 2L))], run, CancellationToken.None))
        );
        Assert.Equal(1, run.Rejected["d: duplicate"]);
    }

    /// <summary>Says everything that any prompt of these pipelines wants, and asks something else every time.</summary>
    private static string Answer(TeacherCall call)
    {
        var number = call.Key.Aggregate(7, static (sum, c) => ((sum * 31) + c) % 10_007);
        var words = string.Join(' ', Enumerable.Range(0, 6).Select(i => $"w{number}x{i}"));
        var score =
            call.Block is "rate_questions"
            || call.Block.StartsWith("eval_questions", StringComparison.Ordinal)
            || call.Block.StartsWith("eval_grounded_questions", StringComparison.Ordinal)
                ? 1
                : 2;
        return $"""
            What is {words}?
            [Question] What about {words}? [Answer] It is {words}. [End]
            [Text] A text about {words} here. [End]
            [Start of Question]Why {words}?[End of Question]
            [Start of Context]A text of {words}[End of Context]
            [Start of Response]{words}[End of Response]
            [Start of Answer]YES[End of Answer] [Start of Explanation]fine[End of Explanation]
            [Start of Feedback]good[End of Feedback] [Start of Score]{score}[End of Score]
            [Start of Evaluation]good[End of Evaluation] [Start of Rating]1[End of Rating]
            [Reason]good[/Reason] [Judgment]YES[/Judgment] [Score]{score}[/Score]
            """;
    }
}
