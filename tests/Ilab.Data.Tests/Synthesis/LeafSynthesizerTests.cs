using System.Text;
using Ilab.Data.Synthesis;

namespace Ilab.Data.Tests.Synthesis;

/// <summary>How often the teacher is asked: for what is wanted, and as the plan says.</summary>
public sealed class LeafSynthesizerTests
{
    /// <summary>Makes six questions of each seed before the teacher is asked.</summary>
    private const string Rephrasing = """
        version: "1.0"
        blocks:
          - name: other_words
            type: RephraseBlock
            config:
              input_cols: [seed_question]
              output_cols: [question]
              rules: [{match: '^What is (.+)\?$', say: ['What is $1?', 'Tell me $1', 'Name $1', 'Say $1', 'Do you know $1?', 'Show $1']}]
          - name: conversation
            type: MessagesBlock
            config: {output_col: messages, messages: [{role: user, content: '{{question}}'}]}
          - name: answer
            type: LLMMessagesBlock
            config: {input_col: messages, output_col: response}
        """;

    [Theory]
    [InlineData("simple", 3, 3)]
    [InlineData("simple", 7, 7)]
    [InlineData("simple", 17, 17)]
    [InlineData("full", 3, 12)] // question, judgment, answer, judgment
    [InlineData("p/pipeline.yaml", 7, 7)]
    [InlineData("p/pipeline.yaml", 30, 30)]
    public async Task TheTeacherIsAskedForWhatIsWantedAndAsPlanned(string pipeline, int samples, int calls)
    {
        await using var bench = await SynthesisBench.StartAsync();
        var isFile = pipeline.Contains('/', StringComparison.Ordinal);
        InputFile[] files =
        [
            SynthesisBench.Skill("a"),
            .. isFile ? [new InputFile(InputKind.Pipeline, pipeline, "", "", Encoding.UTF8.GetBytes(Rephrasing))] : Array.Empty<InputFile>(),
        ];
        var request = bench.Request(files) with { Pipeline = pipeline, Samples = samples, Batch = 8 };
        Assert.Equal(calls, (await SynthesisPlanner.PlanAsync(request, new SynthesisInputs(files), CancellationToken.None)).Calls);
        await bench.RunAsync(request, "one");
        Assert.Equal(samples, (await bench.LinesAsync("made")).Count);
        Assert.Equal(calls, bench.Teacher.Answered);
    }

    [Fact]
    public async Task AFewSamplesComeFromMoreThanOneSeed()
    {
        await using var bench = await SynthesisBench.StartAsync();
        var request = bench.Request(
            SynthesisBench.Skill("a"),
            new InputFile(InputKind.Pipeline, "p/pipeline.yaml", "", "", Encoding.UTF8.GetBytes(Rephrasing))
        ) with
        {
            Pipeline = "p/pipeline.yaml",
            Samples = 6,
        };
        await bench.RunAsync(request, "one");
        // the number that a seed asks about
        Assert.InRange(bench.Teacher.Prompts.Select(static prompt => prompt.Single(char.IsAsciiDigit)).Distinct().Count(), 3, 5);
    }

    [Fact]
    public async Task WhatIsRejectedIsAskedAgainByTheRateOfRejection()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Script = static (_, seed) => seed % 4 == 0 ? null : "no form";
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 40, Concurrency = 1, Batch = 1 }, "one");
        Assert.Equal(40, (await bench.LinesAsync("made")).Count);
        Assert.InRange(bench.Teacher.Answered, 100, 240); // one of four is good: about 160, and never one by one
    }

    [Fact]
    public async Task ATeacherWhoseAnswersAreNeverGoodIsLeftAfterThreePasses()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Script = static (_, _) => "no form";
        await Assert.ThrowsAsync<Ilab.Engine.Errors.EngineException>(() =>
            bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 2, Batch = 8 }, "one")
        );
        Assert.InRange(bench.Teacher.Answered, 15, 30); // five seeds, three times; a wave more where the last one had more answers than seeds
    }
}
