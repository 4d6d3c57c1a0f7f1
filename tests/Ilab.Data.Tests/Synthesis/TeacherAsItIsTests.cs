using System.Text.Json;
using Ilab.Data.Synthesis;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis;

/// <summary>Whole generations with services that think, cut, refuse, and want to be asked in another way.</summary>
public sealed class TeacherAsItIsTests
{
    private const string Good = "[Question] What does heron {0} eat? [Answer] It eats {0} fish. [End]";

    [Theory]
    [InlineData("<think>\n[Question] Draft? [Answer] Of the draft. [End]\n</think>\n\n")]
    [InlineData("First I draft. [Question] Draft? [Answer] Of the draft. [End]\n</think>\n")]
    [InlineData("<thinking>[Question] Draft? [Answer] Of the draft. [End]</thinking>")]
    public async Task ADraftNeverBecomesPartOfASample(string draft)
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Script = (_, seed) => draft + Pair(seed);
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 6 }, "one");
        var lines = await bench.LinesAsync("made");
        Assert.Equal(6, lines.Count);
        Assert.All(lines, static line => Assert.Contains("heron", line, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Contains("raft", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CutAnswersAreCountedAndToldAndNeverUsed()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Script = static (_, seed) =>
            (seed % 3) switch
            {
                0 => $"[Question] What does stork {seed} eat? [Answer] It ea",
                1 => $"<think>What could stork {seed}",
                _ => Pair(seed),
            };
        bench.Teacher.FinishReason = static text => text.Contains("stork", StringComparison.Ordinal) ? "length" : "stop";
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 0, Scale = 12 }, "one");
        Assert.DoesNotContain(await bench.LinesAsync("made"), static line => line.Contains("stork", StringComparison.Ordinal));
        using var report = JsonDocument.Parse(string.Join('\n', await bench.LinesAsync("made", "report.json")));
        var rejected = report.RootElement.GetProperty("leaves")[0].GetProperty("rejected");
        var (cut, thinking) = (
            rejected.GetProperty("make_pair: the answer was cut at the token limit").GetInt64(),
            rejected.GetProperty("make_pair: the answer was cut while the teacher was thinking").GetInt64()
        );
        Assert.Equal(60, cut + thinking + (await bench.LinesAsync("made")).Count);
        Assert.Equal(cut + thinking, report.RootElement.GetProperty("cut_answers").GetInt64());
        Assert.Contains(
            bench.Log,
            line =>
                line.StartsWith($"warning: {cut + thinking} of 60 answers were cut at the token limit and not used: raise max_tokens", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task ATeacherWhoseAnswersAreAllCutIsToldWithWhatToDo()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.FinishReason = static _ => "length";
        var error = await Assert.ThrowsAsync<EngineException>(() => bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 2 }, "one"));
        Assert.Contains("make_pair: the answer was cut at the token limit (", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("raise max_tokens", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAnswerMayBeCutWhereThePipelineSaysSo()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.FinishReason = static _ => "length";
        InputFile[] files =
        [
            SynthesisBench.Skill("a"),
            new(
                InputKind.Pipeline,
                "p/pipeline.yaml",
                "",
                "",
                """
                version: "1.0"
                blocks:
                  - {name: question, type: RenameColumnsBlock, config: {columns_map: {seed_question: question}}}
                  - {name: say, type: MessagesBlock, config: {output_col: messages, messages: [{role: user, content: '{{question}}'}]}}
                  - {name: answer, type: LLMMessagesBlock, config: {input_col: messages, output_col: response, gen_kwargs: {max_tokens: 9, keep_cut: true}}}
                """u8.ToArray()
            ),
        ];
        await bench.RunAsync(bench.Request(files) with { Pipeline = "p/pipeline.yaml", Samples = 5 }, "one");
        Assert.Equal(5, (await bench.LinesAsync("made")).Count);
    }

    [Fact]
    public async Task ParametersThatAreRefusedAreLeftOutOnceAndForAll()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Refuse = static body =>
            body.TryGetProperty("max_tokens", out _) ? (400, Error("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"))
            : body.TryGetProperty("temperature", out _) ? (400, Error("Only the default (1) value is supported.", "temperature"))
            : body.TryGetProperty("seed", out _) ? (422, "{\"detail\":[{\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not permitted\"}]}")
            : null;
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 10, Concurrency = 1 }, "one");
        Assert.Equal(10, (await bench.LinesAsync("made")).Count);
        Assert.Equal(3, bench.Log.Count(static line => line.StartsWith("warning: scripted does not take", StringComparison.Ordinal)));
        Assert.All(bench.Teacher.Requests.Skip(3), static body => Assert.Equal(1024, body.GetProperty("max_completion_tokens").GetInt32()));
        Assert.All(
            bench.Teacher.Requests.Skip(3),
            static body => Assert.Equal(["model", "messages", "max_completion_tokens"], body.EnumerateObject().Select(static field => field.Name))
        );
    }

    [Fact]
    public async Task ARequestThatIsTooLargeEndsItAtOnce()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Refuse = static _ => (429, Error("Request too large: Limit 900, Requested 2096.", ""));
        var error = await Assert.ThrowsAsync<EngineException>(() => bench.RunAsync(bench.Request(SynthesisBench.Skill("a")), "one"));
        Assert.Contains("Limit 900, Requested 2096", error.Message, StringComparison.Ordinal);
        Assert.InRange(bench.Teacher.Requests.Count, 1, 4);
    }

    [Fact]
    public async Task ATooLongPromptAmongOthersIsLeftOutAlone()
    {
        await using var bench = await SynthesisBench.StartAsync();
        var asked = 0;
        bench.Teacher.Refuse = _ => Interlocked.Increment(ref asked) is 2 or 4 ? (413, "") : null;
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 0, Scale = 1, Concurrency = 1 }, "one");
        Assert.Equal(3, (await bench.LinesAsync("made")).Count);
        Assert.Contains(
            "the request is too large for scripted: 413",
            string.Join('\n', await bench.LinesAsync("made", "report.json")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task AServiceThatRefusesEveryRequestIsLeftAfterAFew()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Refuse = static _ => (400, "{\"error\":\"no system messages here\"}");
        var error = await Assert.ThrowsAsync<EngineException>(() => bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 100 }, "one"));
        Assert.Equal("scripted refuses every request: 400 Bad Request: no system messages here", error.Message);
        Assert.InRange(bench.Teacher.Requests.Count, 5, 9);
    }

    [Fact]
    public async Task ARateLimitIsWaitedForAndIsNoFailure()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Answer(429, "{\"error\":\"slow down\"}", ("x-ratelimit-reset-requests", "20ms"));
        bench.Teacher.Answer(503, "loading", ("Retry-After", "0"));
        bench.Teacher.Answer(429, "", ("x-ratelimit-reset-tokens", "0s"));
        var request = bench.Request(SynthesisBench.Skill("a"));
        await bench.RunAsync(request with { Samples = 5, Concurrency = 1, Teacher = request.Teacher with { PatienceSeconds = 0 } }, "one");
        Assert.Equal(5, (await bench.LinesAsync("made")).Count);
        Assert.Equal(
            ["info: scripted asks to wait 0.02 s (429 Too Many Requests: slow down)"],
            bench.Log.Where(static line => line.Contains("wait", StringComparison.Ordinal))
        );
    }

    private static string Pair(long seed) => string.Format(System.Globalization.CultureInfo.InvariantCulture, Good, seed);

    private static string Error(string message, string parameter) =>
        JsonSerializer.Serialize(
            new
            {
                error = new
                {
                    message,
                    param = parameter,
                    code = "unsupported_parameter",
                },
            }
        );
}
