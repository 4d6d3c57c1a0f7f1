using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis;

/// <summary>What a plan says before the first call: calls and tokens as the run takes them, and whether the prompts fit the teacher.</summary>
public sealed class EstimateTests
{
    private const string Own = """
        version: "1.0"
        blocks:
          - {name: ask, type: LLMBlock, config: {config_path: ask.yaml, output_cols: [topic], gen_kwargs: {max_tokens: 99, n: 2}}}
          - {name: good_topics, type: FilterByValueBlock, config: {filter_column: topic, operation: ne, filter_value: none}}
          - {name: say, type: MessagesBlock, config: {output_col: messages, messages: [{role: user, content: '{{task_description}} {{seed_question}}'}]}}
          - {name: answer, type: IterBlock, config: {num_iters: 3, block_type: LLMMessagesBlock, block_kwargs: {input_col: messages, output_col: response}}}
          - {name: question, type: RenameColumnsBlock, config: {columns_map: {topic: question}}}
        """;

    [Theory]
    [InlineData("simple", "skill", 20, 1)]
    [InlineData("full", "skill", 12, 1)]
    [InlineData("full", "skill", 0, 4)]
    [InlineData("simple", "knowledge", 10, 1)]
    [InlineData("full", "knowledge", 16, 1)]
    [InlineData("full", "knowledge", 0, 2)]
    [InlineData("p/own.yaml", "skill", 0, 1)]
    public async Task CallsAndPromptTokensOfAPlanAreThoseOfTheRun(string pipeline, string kind, int samples, int scale)
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.CountTokens = static text => 4 + EstimatedTokens.Of(text);
        bench.Teacher.Script = static (prompt, seed) => LikeTheSeeds(prompt, seed);
        InputFile[] files =
        [
            .. kind == "skill"
                ? [SynthesisBench.Skill("a", "Short notes about the birds of the northern coasts")]
                : SynthesisBench.Knowledge("birds", Document("sings"), Document("swims")),
            .. pipeline.Contains('/', StringComparison.Ordinal)
                ?
                [
                    Pipeline("p/own.yaml", Own),
                    Pipeline("p/ask.yaml", "generation: Name a topic of {{task_description}} near {{seed_question}}, in a word or two.\n"),
                ]
                : Array.Empty<InputFile>(),
        ];
        var request = bench.Request(files) with { Pipeline = pipeline, Samples = samples, Scale = scale, Batch = 8 };
        var plan = await SynthesisPlanner.PlanAsync(request, new SynthesisInputs(files), CancellationToken.None);
        await bench.RunAsync(request, "one");
        Assert.InRange(plan.Calls, 0.9 * bench.Teacher.Answered, 1.1 * bench.Teacher.Answered);
        Assert.InRange(plan.PromptTokens, 0.9 * bench.Teacher.PromptTokens, 1.1 * bench.Teacher.PromptTokens);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("batch_kwargs: {num_samples: 3}", 0)]
    public async Task WhatAPlanCannotCountIsSaid(string settings, int notes)
    {
        InputFile[] files =
        [
            SynthesisBench.Skill("a"),
            Pipeline(
                "p/own.yaml",
                $$"""
                version: "1.0"
                blocks:
                  - name: ask
                    type: LLMBlock
                    config:
                      {{settings}}
                      config_path: ask.yaml
                      output_cols: [question]
                      parser_kwargs: {parser_name: custom, parsing_pattern: "Q: (.*)"}
                  - name: say
                    type: LLMBlock
                    config: {config_path: ask.yaml, output_cols: [response], parser_kwargs: {parser_name: custom, parsing_pattern: "Q: (.*)"} }
                """
            ),
            Pipeline("p/ask.yaml", "generation: Ask about {{seed_question}}.\n"),
        ];
        var request = new SynthesisRequest
        {
            Name = "n",
            Teacher = new TeacherChoice { Name = "t" },
            Pipeline = "p/own.yaml",
        };
        var plan = await SynthesisPlanner.PlanAsync(request, new SynthesisInputs(files), CancellationToken.None);
        Assert.Equal(notes, plan.Notes.Count(static note => note.StartsWith("block ask: the teacher decides", StringComparison.Ordinal)));
        Assert.Equal(notes, plan.Notes.Count);
    }

    [Theory]
    [InlineData("max_model_len")]
    [InlineData("context_length")]
    [InlineData("context_window")]
    public async Task ATeacherThatCannotHoldThePromptsIsToldBeforeTheFirstCall(string field)
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Models = $"{{\"data\":[{{\"id\":\"scripted\",\"{field}\":64}}]}}";
        var error = await Assert.ThrowsAsync<EngineException>(() => bench.RunAsync(bench.Request(SynthesisBench.Skill("a")), "one"));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Matches(
            "^compositional_skills/a: the prompts of block make_pair have about [0-9]+ to about [0-9]+ tokens, but the context of scripted is 64 tokens",
            error.Message
        );
        Assert.Empty(bench.Teacher.Requests);
    }

    [Theory]
    [InlineData(1024, "{0} of the 1024 tokens")]
    [InlineData(700, "{0} of the 700 tokens")]
    [InlineData(1100, "{0} of the 1100 tokens")]
    public async Task AContextWithLittleRoomForAnswersIsToldAndRespected(int context, string expected)
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Models = $"{{\"data\":[{{\"id\":\"scripted\",\"max_model_len\":{context}}}]}}";
        bench.Teacher.Refuse = body =>
            (body.GetProperty("messages")[0].GetProperty("content").GetString()!.Length / 4) + body.GetProperty("max_tokens").GetInt32() > context
                ? (400, "{\"error\":\"maximum context length\"}")
                : null;
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 5 }, "one");
        Assert.Equal(5, (await bench.LinesAsync("made")).Count);
        var told = Assert.Single(bench.Log, static line => line.StartsWith("warning: block make_pair: prompts of up to about", StringComparison.Ordinal));
        var room = int.Parse(System.Text.RegularExpressions.Regex.Match(told, "leave ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Contains(string.Format(CultureInfo.InvariantCulture, expected, room), told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 500, 600, 550, "warning")]
    [InlineData(true, 600, 700, 550, "error")]
    [InlineData(false, 600, 700, 550, "warning")] // it may fit: an estimate
    [InlineData(false, 800, 900, 550, "error")]
    [InlineData(true, 100, 200, 550, "")]
    [InlineData(true, 100, 549, 550, "warning")]
    [InlineData(true, 900, 999, 0, "")] // unknown
    public void OnlyWhatCannotFitEndsAGeneration(bool isExact, int smallest, int largest, int context, string expected)
    {
        var log = new List<string>();
        var plan = new SynthesisPlan([
            new PlannedLeaf("a", "knowledge", 5, 1, 5, 5, 5, 5) { Prompts = [new PromptSizes(0, "ask", 5, smallest, smallest, largest, 100)] },
        ]);
        var error = Record.Exception(() => new ContextCheck("big", context, isExact, (level, _) => log.Add(level)).Check(plan));
        Assert.Equal(expected, error is EngineException ? "error" : string.Join(',', log));
    }

    /// <summary>As short as the seed examples, and other words every time; a repaired document is as long as the document.</summary>
    private static string LikeTheSeeds(string prompt, long seed)
    {
        var (one, two) = (Word(seed), Word(seed / 7));
        if (prompt.Contains("Repair the spelling", StringComparison.Ordinal))
        {
            return Document(one);
        }

        if (!prompt.Contains('['))
        {
            return $"It is {two} {one}.";
        }

        var asked = Regex.Match(prompt, "Write ([0-9]+) different");
        var answers = prompt.Contains("[Answer]", StringComparison.Ordinal);
        var questions = Enumerable
            .Range(0, asked.Success ? int.Parse(asked.Groups[1].Value, CultureInfo.InvariantCulture) : 1)
            .Select(index => $"[Question] What {Word(seed + (index * 7919))} of {two}? {(answers ? $"[Answer] It is {two} {one}. " : "[End]")}");
        return $"{string.Join('\n', questions)}[End]\n[Reason] A few words that say why. [/Reason] [Judgment]YES[/Judgment] "
            + $"[Score]{(prompt.Contains("Give 1 when", StringComparison.Ordinal) ? 1 : 2)}[/Score]";
    }

    private static string Word(long seed) => string.Concat(Enumerable.Range(0, 4).Select(digit => (char)('a' + ((seed >> (digit * 4)) % 26))));

    private static InputFile Pipeline(string path, string text) => new(InputKind.Pipeline, path, "", "", Encoding.UTF8.GetBytes(text));

    private static string Document(string verb) =>
        string.Join(
            "\n\n",
            Enumerable.Range(1, 12).Select(number => $"The bird number {number} {verb} at the coast, and it has done so for {number * 7} years in the rain.")
        );
}
