using Ilab.Data.Pipelines;
using Ilab.Jinja;

namespace Ilab.Data.Tests.Pipelines.Blocks;

/// <summary>Every block by itself.</summary>
public sealed class BlockTests
{
    private static readonly (string, string) Prompt = (
        "p.yaml",
        "system: S\nintroduction: null\nprinciples: P {{q}}\nexamples: ''\ngeneration: G\nstart_tags: ['[A]', '[B]']\nend_tags: ['[/A]', '[/B]']\n"
    );
    private static readonly (string, string) Whole = ("w.yaml", "generation: 'Say {{q}}'\nstart_tags: ['']\nend_tags: ['']\n");

    [Fact]
    public async Task AnLlmBlockFansOutOverMatchesAndChoices()
    {
        var teacher = new ScriptedCalls(static call => $"[A]1{call.Choice}[/A] [B]x[/B] [A]2{call.Choice}[/A][B]y[/B] [A]3[/A]");
        var run = new BlockRun("u", teacher, 2);
        var rows = await Make.Block("LLMBlock", "config_path: p.yaml\noutput_cols: [a, b]\ngen_kwargs: {n: scaled, max_tokens: 7, temperature: 0.5}", Prompt)
            .RunAsync([Make.Row(("q", "Q"))], run, CancellationToken.None);
        Assert.Equal("q=Q,a=10,b=x q=Q,a=20,b=y q=Q,a=11,b=x q=Q,a=21,b=y", Make.Show(rows));
        Assert.Equal(["u//0/0", "u//0/1"], teacher.Asked.Select(static call => call.Key));
        Assert.Equal(("user", "S\n\nP Q\n\nG"), (teacher.Asked[0].Messages[0].Role, teacher.Asked[0].Messages[0].Content));
        Assert.Equal((7, 0.5), (teacher.Asked[0].Settings.MaxTokens, teacher.Asked[0].Settings.Temperature));
    }

    [Fact]
    public async Task ARowThatCannotBeAskedOrReadGoesAndIsCounted()
    {
        var run = Make.Run(static call => call.Key.EndsWith("/2/0", StringComparison.Ordinal) ? "no tags" : "[A]1[/A][B]2[/B]");
        var rows = await Make.Block("LLMBlock", "config_path: p.yaml\noutput_cols: [a, b]", Prompt)
            .RunAsync([Make.Row(("q", "1")), Make.Row(("other", "2")), Make.Row(("q", "3"))], run, CancellationToken.None);
        Assert.Equal("q=1,a=1,b=2", Make.Show(rows));
        Assert.Equal(
            ["b: q is not defined 1", "b: the answer does not match the expected format 1"],
            run.Rejected.Select(static pair => $"{pair.Key} {pair.Value}").Order()
        );
    }

    [Fact]
    public async Task APatternOfOnesOwnGivesPairsWithoutTheTags()
    {
        var block = Make.Block(
            "LLMBlock",
            """
            config_path: w.yaml
            output_cols: [question, response]
            batch_kwargs: {num_samples: 5}
            parser_kwargs:
              parser_name: custom
              parsing_pattern: '\[(?:Question|QUESTION)\]\s*(.*?)\s*\[(?:Answer|ANSWER)\]\s*(.*?)\s*(?=\[(?:Question|QUESTION)\]|$)'
              parser_cleanup_tags: ["[END]"]
            """,
            Whole
        );
        var rows = await block.RunAsync(
            [Make.Row(("q", "Q"))],
            Make.Run(static _ => "[Question] one\ntwo [Answer] 1 [QUESTION]three[ANSWER]\n2 [END]"),
            CancellationToken.None
        );
        Assert.Equal("q=Q,num_samples=5,question=one\ntwo,response=1 q=Q,num_samples=5,question=three,response=2", Make.Show(rows));
    }

    [Fact]
    public async Task TheModelPromptWrapsOrLeavesThePromptAsItIs()
    {
        var teacher = new ScriptedCalls(static _ => " said ");
        foreach (var prompt in new[] { "'<s>{prompt}</s>'", "''", "'{{messages[0].content}}!'" })
        {
            Assert.Equal(
                "q=Q,a=said",
                Make.Show(
                    await Make.Block("LLMBlock", $"config_path: w.yaml\noutput_cols: [a]\nmodel_prompt: {prompt}", Whole)
                        .RunAsync([Make.Row(("q", "Q"))], new BlockRun(prompt, teacher, 1), CancellationToken.None)
                )
            );
        }

        Assert.Equal(
            ["raw <s>Say Q</s>", "raw Say Q", "raw Say Q!"],
            teacher
                .Asked.OrderBy(static call => call.Messages[0].Content.Length)
                .ThenByDescending(static call => call.Key)
                .Select(static call => $"{call.Messages[0].Role} {call.Messages[0].Content}")
                .OrderBy(static text => text.Contains('!'))
                .ThenBy(static text => !text.Contains('<'))
        );
    }

    [Fact]
    public async Task AConditionalBlockChoosesThePromptByAColumn()
    {
        var other = ("o.yaml", "generation: 'Other {{q}}'\n");
        var run = Make.Run(static call => call.Messages[0].Content);
        var block = Make.Block(
            "ConditionalLLMBlock",
            "config_paths: [[w.yaml, one], [o.yaml, two]]\nselector_column_name: kind\noutput_cols: [a]",
            Whole,
            other
        );
        Assert.Equal(
            "q=1,kind=one,a=Say 1 q=2,kind=two,a=Other 2",
            Make.Show(
                await block.RunAsync(
                    [Make.Row(("q", "1"), ("kind", "one")), Make.Row(("q", "2"), ("kind", "two")), Make.Row(("q", "3"), ("kind", "three"))],
                    run,
                    CancellationToken.None
                )
            )
        );
        Assert.Equal("b: no prompt for three", run.Rejected.Single().Key);
        Assert.Equal(
            "q=1,a=Say 1",
            Make.Show(
                await Make.Block("ConditionalLLMBlock", "config_paths: [[w.yaml, All]]\nselector_column_name: kind\noutput_cols: [a]", Whole)
                    .RunAsync([Make.Row(("q", "1"))], run, CancellationToken.None)
            )
        );
    }

    [Fact]
    public async Task AMessagesBlockSendsAConversationAndKeepsSeveralAnswersAsAList()
    {
        var row = Make.Row(
            (
                "m",
                new List<object?>
                {
                    new OrderedDictionary<string, object?> { ["role"] = "system", ["content"] = "s" },
                    new OrderedDictionary<string, object?> { ["role"] = "user", ["content"] = "u" },
                }
            )
        );
        var teacher = new ScriptedCalls(static call => $"{call.Messages.Count}{call.Choice}");
        var one = await Make.Block("LLMMessagesBlock", "input_col: m\noutput_col: a").RunAsync([row], new BlockRun("1", teacher, 1), CancellationToken.None);
        var two = await Make.Block("LLMMessagesBlock", "input_col: m\noutput_col: a\ngen_kwargs: {n: 2}")
            .RunAsync([row], new BlockRun("2", teacher, 1), CancellationToken.None);
        Assert.Equal(("20", "['20', '21']"), (Values.Text(one[0]["a"]), Values.Text(two[0]["a"])));
        Assert.Equal([0, 0.7, 0.7], teacher.Asked.Select(static call => call.Settings.Temperature));
    }

    [Theory]
    [InlineData("filter_column: v\nfilter_value: 2.0\noperation: ge\nconvert_dtype: float", "2|3")]
    [InlineData("filter_column: v\nfilter_value: [1, 3]\noperation: eq\nconvert_dtype: int", "1|3")]
    [InlineData("filter_column: v\nfilter_value: 0\noperation: eq\nconvert_dtype: float", "0")]
    [InlineData("filter_column: v\nfilter_value: 2\noperation: eq\nconvert_dtype: int\ndefault_value: 2", "2|2")]
    [InlineData("filter_column: v\nfilter_value: [x, 2]\noperation: contains", "2|x")]
    [InlineData("filter_column: v\nfilter_value: x\noperation: ne", "1|2|3")]
    public async Task AFilterKeepsWhatStandsInTheRelation(string config, string expected)
    {
        var rows = await Make.Block("FilterByValueBlock", config)
            .RunAsync([.. new[] { "1", "2", "3", "x" }.Select(static value => Make.Row(("v", value)))], Make.Run(), CancellationToken.None);
        Assert.Equal(
            expected,
            string.Join(
                '|',
                rows.Select(static row =>
                    Values.AsNumber(row["v"]) is { } number ? number.ToString(System.Globalization.CultureInfo.InvariantCulture) : row["v"]
                )
            )
        );
    }

    [Theory]
    [InlineData("CombineColumnsBlock", "columns: [a, b]\noutput_col: c\nseparator: '-'", "a=1,b=x,c=1-x a=2,b=y,c=2-y")]
    [InlineData("DuplicateColumnsBlock", "columns_map: {a: c}", "a=1,b=x,c=1 a=2,b=y,c=2")]
    [InlineData("RenameColumnsBlock", "columns_map: {a: c}", "c=1,b=x c=2,b=y")]
    [InlineData("RenameColumnsBlock", "columns_map: {a: b, b: a}", "b=1,a=x b=2,a=y")]
    [InlineData("FlattenColumnsBlock", "var_cols: [a, b]\nvalue_name: v\nvar_name: n", "n=a,v=1 n=a,v=2 n=b,v=x n=b,v=y")]
    [InlineData("SelectorBlock", "choice_map: {x: a, y: b}\nchoice_col: b\noutput_col: c", "a=1,b=x,c=1 a=2,b=y,c=y")]
    [InlineData("SetToMajorityValueBlock", "col_name: b", "a=1,b=x a=2,b=x")]
    [InlineData("IterBlock", "num_iters: 2\nblock_type: DuplicateColumnsBlock\ncolumns_map: {a: c}", "a=1,b=x,c=1 a=2,b=y,c=2 a=1,b=x,c=1 a=2,b=y,c=2")]
    [InlineData("SamplePopulatorBlock", "config_paths: [d/x.yaml, y.yaml]\ncolumn_name: b", "a=1,b=x,t=X a=2,b=y,t=Y")]
    [InlineData("SimilarityFilterBlock", "column: b\nthreshold: 0.5", "a=1,b=x a=2,b=y")]
    [InlineData("TextGuardBlock", "column: b\ndeny_words: [X]", "a=2,b=y")]
    public async Task RowsComeOutAs(string type, string config, string expected)
    {
        var block = Make.Block(type, config, ("d/x.yaml", "t: X"), ("y.yaml", "t: Y"));
        Assert.Equal(
            expected,
            Make.Show(await block.RunAsync([Make.Row(("a", "1"), ("b", "x")), Make.Row(("a", "2"), ("b", "y"))], Make.Run(), CancellationToken.None))
        );
    }

    [Fact]
    public async Task ARuleSaysATextInOtherWords()
    {
        const string Config = """
            input_cols: [[q1, a1], [q2, a2], [q3, a3]]
            output_cols: [question, response]
            rules:
              - {match: '^What is (the .+)\?$', say: ['Tell me $1.', 'Tell me $1.', 'Name $1.']}
              - {match: '^What', say: [never]}
            """;
        var rows = await Make.Block("RephraseBlock", Config)
            .RunAsync([Make.Row(("q1", "What is the sea?"), ("a1", "blue"), ("q2", "Why?"), ("a2", "because"))], Make.Run(), CancellationToken.None);
        Assert.Equal(
            "Tell me the sea.=blue|Name the sea.=blue|Why?=because",
            string.Join('|', rows.Select(static row => $"{row["question"]}={row["response"]}"))
        );
    }

    [Fact]
    public async Task AConversationIsMadeOfColumns()
    {
        var teacher = new ScriptedCalls(static call => string.Join('|', call.Messages.Select(static message => $"{message.Role} {message.Content}")));
        var run = new BlockRun("u", teacher, 1);
        var rows = await Make.Block("MessagesBlock", "output_col: m\nmessages: [{role: system, content: 'Be {{how}}.'}, {role: user, content: '{{q}}'}]")
            .RunAsync([Make.Row(("how", "kind"), ("q", "Q")), Make.Row(("q", "Q"))], run, CancellationToken.None);
        rows = await Make.Block("LLMMessagesBlock", "input_col: m\noutput_col: a").RunAsync(rows, run, CancellationToken.None);
        Assert.Equal("system Be kind.|user Q", rows.Single()["a"]);
        Assert.StartsWith("b: ", run.Rejected.Single().Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnIterationAsksAgainEveryTime()
    {
        var teacher = new ScriptedCalls(static call => call.Key);
        var rows = await Make.Block("IterBlock", "num_iters: 2\nblock_type: LLMBlock\nconfig_path: w.yaml\noutput_cols: [a]", Whole)
            .RunAsync([Make.Row(("q", "Q"))], new BlockRun("u", teacher, 1) { Place = "4" }, CancellationToken.None);
        Assert.Equal("q=Q,a=u/4.0/0/0 q=Q,a=u/4.1/0/0", Make.Show(rows));
    }

    [Fact]
    public async Task AGuardKeepsTheWantedLengthSubjectAndScript()
    {
        var run = Make.Run();
        string[] texts = ["short", "one two three four five six", "Привет мир, как дела", "please draw a Picture", "quite good words here"];
        var rows = await Make.Block("TextGuardBlock", "column: t\nmin_words: 2\nmax_words: 5\ndeny_words: [picture]\nmin_latin_share: 0.5")
            .RunAsync([.. texts.Select(static t => Make.Row(("t", t)))], run, CancellationToken.None);
        Assert.Equal("quite good words here", rows.Single()["t"]);
        Assert.Equal(
            "b: t contains picture|b: t is in another script|b: t is too long|b: t is too short",
            string.Join('|', run.Rejected.Keys.Order(StringComparer.Ordinal)).ToLowerInvariant()
        );
    }

    [Fact]
    public async Task WhatIsTooLikeSomethingElseGoes()
    {
        var run = Make.Run();
        string[] questions = ["How many legs does a bird have?", "how many legs does the bird have", "Why do birds sing?", "Seed question about birds here"];
        var rows = await Make.Block("SimilarityFilterBlock", "column: q\nthreshold: 0.7\nagainst_columns: [seed]")
            .RunAsync([.. questions.Select(static q => Make.Row(("q", q), ("seed", "seed question about birds here")))], run, CancellationToken.None);
        Assert.Equal("How many legs does a bird have?|Why do birds sing?", string.Join('|', rows.Select(static row => row["q"])));
        Assert.Equal(2, run.Rejected["b: q is too similar to another"]);
    }

    [Theory]
    [InlineData("LLMBlock", "config_path: none.yaml\noutput_cols: [a]", "the file none.yaml does not exist")]
    [InlineData("LLMBlock", "config_path: p.yaml", "output_cols is missing")]
    [InlineData("LLMBlock", "config_path: p.yaml\noutput_cols: [a]\ngen_kwargs: {n: many}", "n is many")]
    [InlineData("FilterByValueBlock", "filter_column: a\nfilter_value: 1\noperation: like", "unknown operation like")]
    [InlineData("RephraseBlock", "input_cols: [[a]]\noutput_cols: [b, c]\nrules: []", "each entry of input_cols must have as many columns")]
    [InlineData("RephraseBlock", "input_cols: [a]\noutput_cols: [b]\nrules: [{match: '(', say: [x]}]", "rule 1: ")]
    [InlineData("MessagesBlock", "output_col: m\nmessages: [{role: user}]", "message 1 needs role and content")]
    [InlineData("NoBlock", "a: 1", "unknown block type NoBlock")]
    public void AWrongBlockSaysWhatIsWrong(string type, string config, string expected) =>
        Assert.Contains(expected, Assert.Throws<PipelineException>(() => Make.Block(type, config, Prompt)).Message, StringComparison.Ordinal);
}
