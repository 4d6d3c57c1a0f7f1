using System.Text.Json.Nodes;
using Ilab.Data.Synthesis;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis;

/// <summary>Generations with a teacher that is scripted: exactness, interruptions, failures.</summary>
public sealed class SynthesisHandlerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("simple")]
    [InlineData("full")]
    public async Task AsManySamplesAsWereAskedForOfEveryLeaf(string pipeline)
    {
        await using var bench = await SynthesisBench.StartAsync();
        var request = bench.Request([
            SynthesisBench.Skill("a"),
            SynthesisBench.Skill("b", "Long notes"),
            .. SynthesisBench.Knowledge("birds", "Birds sing.\n\nSome birds swim.", "Penguins do not fly."),
        ]) with
        {
            Pipeline = pipeline,
            Samples = 17,
        };
        Assert.Equal("made:latest", await bench.RunAsync(request, "one"));
        Assert.Equal(51, (await bench.LinesAsync("made")).Count);
        Assert.Equal(51, (await bench.LinesAsync("made")).Distinct().Count());
        Assert.Equal(17, (await bench.LinesAsync("made", "leaves/compositional_skills_a.jsonl")).Count);
        Assert.Equal(5 + 5 + 15, (await bench.LinesAsync("made", "test.jsonl")).Count);
        Assert.Contains("{\"system\":\"\",\"user\":\"What is 0?\",\"assistant\":\"It is 0.\"}", await bench.LinesAsync("made", "test_legacy.jsonl"));
        Assert.All(
            (await bench.LinesAsync("made", "leaves/knowledge_birds_p10.jsonl")).Take(17),
            static line => Assert.Contains("_raft_p0.4", line, StringComparison.Ordinal)
        );
        Assert.InRange(bench.Teacher.MostAtOnce, 1, 4);
    }

    [Fact]
    public async Task RewrittenDocumentsWithAnInstructionStandBesideTheQuestionsOfKnowledge()
    {
        await using var bench = await SynthesisBench.StartAsync();
        await bench.RunAsync(
            bench.Request(SynthesisBench.Knowledge("birds", "Birds sing.", "Penguins do not fly.")) with
            {
                Pipeline = "full",
                Samples = 24,
            },
            "one"
        );
        var records = (await bench.LinesAsync("made", "leaves/knowledge_birds_p07.jsonl")).Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.All(records, static record => Assert.True(record["unmask"]!.GetValue<bool>()));
        var auxiliary = records[24..]
            .Select(static record =>
                (User: record["messages"]![0]!["content"]!.GetValue<string>(), Assistant: record["messages"]![1]!["content"]!.GetValue<string>())
            )
            .ToList();
        Assert.NotEmpty(auxiliary);
        Assert.All(auxiliary, static one => Assert.Matches("^(Birds sing|Penguins do not fly)\\.\n\n[A-Z]", one.User));
        Assert.Equal(auxiliary.Count, auxiliary.Select(static one => one.Assistant).Distinct().Count());
    }

    [Fact]
    public async Task AScaleGivesSoManyForEverySeed()
    {
        await using var bench = await SynthesisBench.StartAsync();
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 0, Scale = 3 }, "one");
        Assert.Equal(15, (await bench.LinesAsync("made")).Count);
    }

    [Fact]
    public async Task AnInterruptedGenerationEndsAsAnUnbrokenOne()
    {
        await using var bench = await SynthesisBench.StartAsync();
        var request = bench.Request([SynthesisBench.Skill("a"), .. SynthesisBench.Knowledge("birds", "Birds sing.\n\nSome birds swim.")]) with
        {
            Pipeline = "full",
            Samples = 12,
        };
        await bench.RunAsync(request, "unbroken");
        var (expected, calls) = (await bench.DigestAsync("made"), bench.Teacher.Answered);
        var random = new Random(20);
        var (again, interrupted) = (0L, 0);
        for (var moment = 0; interrupted < 20; moment++)
        {
            Assert.InRange(moment, 0, 40);
            var job = $"broken{moment}";
            var before = bench.Teacher.Answered;
            using (var kill = new CancellationTokenSource())
            {
                var last = before + random.Next(1, (int)calls);
                bench.Teacher.BeforeAnswer = answered => answered >= last ? kill.CancelAsync() : Task.CompletedTask;

                // How many calls a run makes depends on what was in flight when there was enough: a moment may come after its end, and another is drawn.
                var end = await Record.ExceptionAsync(() => bench.RunAsync(request, job, kill.Token));
                Assert.True(end is null or OperationCanceledException, end?.ToString());
                interrupted += end is null ? 0 : 1;
            }

            bench.Teacher.BeforeAnswer = static _ => Task.CompletedTask;
            Tear(Path.Combine(bench.FolderOf(job), "calls.jsonl"), random);
            await bench.RunAsync(request, job);
            Assert.Equal(expected, await bench.DigestAsync("made"));
            again = Math.Max(again, bench.Teacher.Answered - before - calls);
        }

        Assert.InRange(again, 0, request.Concurrency + (2 * request.Batch) + 8); // what was in flight, and what went on a little while others had enough
    }

    [Fact]
    public async Task ATeacherThatMisbehavesIsAskedAgain()
    {
        await using var bench = await SynthesisBench.StartAsync();
        var request = bench.Request(SynthesisBench.Skill("a"));
        await bench.RunAsync(request, "good");
        var expected = await bench.DigestAsync("made");
        bench.Teacher.Answer(429, "", ("Retry-After", "0"));
        bench.Teacher.Answer(500, "oops");
        bench.Teacher.Answer(200, "<html>");
        bench.Teacher.Answer(200, "{\"choices\":[]}");
        bench.Teacher.Answer(503, "");
        bench.Teacher.Misbehave(static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await bench.RunAsync(request, "bad");
        Assert.Equal(expected, await bench.DigestAsync("made"));
        Assert.Contains(bench.Log, static line => line.StartsWith("warning: scripted does not respond (", StringComparison.Ordinal));
        Assert.Contains(bench.Log, static line => line.StartsWith("info: scripted responds again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ACallThatIsNeverAnsweredWellGoesAndTheOthersStay()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Script = static (prompt, seed) =>
            (prompt, seed % 3) switch
            {
                (_, 0) => " ",
                (_, 1) => "I cannot help with that.",
                _ => null,
            };
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 0, Scale = 12 }, "one");
        Assert.InRange((await bench.LinesAsync("made")).Count, 1, 59);
        var report = string.Join('\n', await bench.LinesAsync("made", "report.json"));
        Assert.Contains("make_pair: the answer does not match the expected format", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgressSaysBlockSpeedTimeLeftAndWhyThingsWereRejected()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Time = new HastyTime();
        bench.Teacher.Script = static (prompt, seed) => seed % 2 == 0 ? "no form" : null;
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Pipeline = "full", Samples = 0, Scale = 12 }, "one");
        Assert.Matches("^make_questions, 0 tokens/s, 0 rejected$", bench.Progress[0].Detail);
        var last = bench.Progress[^1];
        Assert.Equal(("compositional_skills/a", "a", "samples", 60), (last.Item, last.Phase, last.Unit, last.Total));
        Assert.Equal((await bench.LinesAsync("made")).Count, last.Done);
        Assert.Matches("^[1-9][0-9.]* tokens/s, .*[1-9][0-9]* rejected, most by make_questions: the answer does not match the expected format$", last.Detail);
        Assert.Contains(
            bench.Progress,
            static told => System.Text.RegularExpressions.Regex.IsMatch(told.Detail, "^make_answers, [1-9][0-9.]* tokens/s, [0-9]+:[0-9]{2}:[0-9]{2} left, ")
        );
    }

    [Fact]
    public async Task ARequestThatIsRefusedIsNotAskedAgain()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Answer(400, "{\"error\":{\"message\":\"unpaired surrogate\"}}");
        await bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Samples = 0, Scale = 1 }, "one");
        Assert.Equal(4, (await bench.LinesAsync("made")).Count);
        Assert.Contains(
            "the teacher responded 400 Bad Request: unpaired surrogate",
            string.Join('\n', await bench.LinesAsync("made", "report.json")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task AWrongKeyEndsItAtOnce()
    {
        await using var bench = await SynthesisBench.StartAsync();
        bench.Teacher.Answer(401, "{\"error\":{\"message\":\"no such key\"}}");
        var error = await Assert.ThrowsAsync<EngineException>(() => bench.RunAsync(bench.Request(SynthesisBench.Skill("a")) with { Concurrency = 1 }, "one"));
        Assert.Equal(ErrorKind.Source, error.Kind);
        Assert.Contains("no such key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATeacherThatComesBackIsWaitedForAndOneThatStaysAwayLeavesAPart()
    {
        await using var bench = await SynthesisBench.StartAsync();
        var request = bench.Request(SynthesisBench.Skill("a")) with { Concurrency = 1, Batch = 1, Samples = 10 };
        await bench.RunAsync(request, "unbroken");
        var expected = await bench.DigestAsync("made");

        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leaveAt = bench.Teacher.Answered + 5;
        bench.Teacher.BeforeAnswer = answered => answered == leaveAt && gone.TrySetResult() ? Task.Delay(Timeout.Infinite) : Task.CompletedTask;
        var running = bench.RunAsync(request, "waits");
        await gone.Task.WaitAsync(Patience);
        await bench.Teacher.GoAsync();
        bench.Teacher.BeforeAnswer = static _ => Task.CompletedTask;
        await bench.Teacher.ComeBackAsync();
        await running.WaitAsync(Patience);
        Assert.Equal(expected, await bench.DigestAsync("made"));

        leaveAt = bench.Teacher.Answered + 5;
        bench.Teacher.BeforeAnswer = answered => answered >= leaveAt ? Task.Delay(Timeout.Infinite) : Task.CompletedTask;
        var impatient = request with { Teacher = request.Teacher with { PatienceSeconds = 0, TimeoutSeconds = 1 } };
        var error = await Assert.ThrowsAsync<EngineException>(() => bench.RunAsync(impatient, "part"));
        Assert.Equal(ErrorKind.Source, error.Kind);
        var part = await bench.LinesAsync("made:partial-part00000000");
        Assert.InRange(part.Count, 1, 9);
        bench.Teacher.BeforeAnswer = static _ => Task.CompletedTask;
        var before = bench.Teacher.Answered;
        await bench.RunAsync(request with { ContinueJob = "part" }, "rest");
        Assert.Equal(expected, await bench.DigestAsync("made"));
        Assert.InRange(bench.Teacher.Answered - before, 1, 6);
    }

    [Theory]
    [InlineData("version: 3\n", "has no created_by")]
    [InlineData("a: [", "compositional_skills/a/qna.yaml:")]
    public async Task WhatTheCheckerRefusesIsRefusedInItsWords(string text, string expected)
    {
        var file = SynthesisBench.Skill("a") with { Content = System.Text.Encoding.UTF8.GetBytes(text) };
        var request = new SynthesisRequest
        {
            Name = "n",
            Teacher = new TeacherChoice { Name = "t" },
        };
        var error = await Assert.ThrowsAsync<EngineException>(() => SynthesisPlanner.PlanAsync(request, new SynthesisInputs([file]), CancellationToken.None));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlanSaysHowManyCallsItWillTake()
    {
        await using var bench = await SynthesisBench.StartAsync();
        var inputs = new SynthesisInputs([SynthesisBench.Skill("a"), .. SynthesisBench.Knowledge("birds", "Birds sing.")]);
        var request = bench.Request() with { Samples = 20, Batch = 8 };
        var plan = await SynthesisPlanner.PlanAsync(request, inputs, CancellationToken.None);
        Assert.Equal(40, plan.Calls);
        Assert.InRange(plan.PromptTokens, 40 * 100, 40 * 500);
        Assert.Equal(
            ["compositional_skills/a freeform_skill 5 0", "knowledge/birds knowledge 5 1"],
            plan.Leaves.Select(static leaf => $"{leaf.Path} {leaf.Kind} {leaf.Seeds} {leaf.Chunks}")
        );
        var before = bench.Teacher.Answered;
        await bench.RunAsync(bench.Request([.. inputs.Files]) with { Samples = 20, Batch = 8 }, "one");
        Assert.Equal(plan.Calls, bench.Teacher.Answered - before);
    }

    /// <summary>A second passes with every look at it.</summary>
    private sealed class HastyTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref _seconds);
    }

    /// <summary>What a crash does to the end of a file: a line that was being written.</summary>
    private static void Tear(string path, Random random)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Seek(0, SeekOrigin.End);
        file.Write("{\"k\":\"compositional_skills/a/0/0\",\"h\":\"0123456789"u8[..random.Next(0, 40)]);
    }
}
