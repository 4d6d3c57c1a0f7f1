using System.CommandLine;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Terminal;
using Ilab.Cli.Tests.Fakes;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Commands.Models.Inference;

public sealed class ModelRunTests
{
    private readonly TalkBench _bench = new();

    [Theory]
    [InlineData(new[] { "m", "Tell", "me" }, null, "Tell me")]
    [InlineData(new[] { "m" }, "from a pipe\n", "from a pipe")]
    [InlineData(new[] { "m", "Summarize:" }, "text\n", "Summarize:\n\ntext")]
    [InlineData(new[] { "m", "Tell" }, "", "Tell")]
    public async Task TheConversationIsWhatWasSaidAndPiped(string[] arguments, string? input, string said)
    {
        _bench.Service.AnswerText("Fine.");
        Assert.Equal(0, await RunAsync(arguments, input));
        Assert.Equal("Fine.\n", _bench.Out);
        Assert.Equal(said, Assert.Single(_bench.Service.Requests[0].Conversation.Messages).Content);
    }

    [Fact]
    public async Task OptionsReachTheService()
    {
        _bench.Service.AnswerText("x");
        await RunAsync([
            "m",
            "hi",
            "--system",
            "Be kind.",
            "--temperature",
            "0.5",
            "--top-k",
            "3",
            "--top-p",
            "0.5",
            "--min-p",
            "0.1",
            "--repeat-penalty",
            "1.5",
            "--seed",
            "9",
            "--max-length",
            "20",
            "--stop",
            "A B",
            "--stop",
            "C",
            "--keep-alive",
            "-1",
            "--ctx",
            "512",
        ]);
        GenerateRequest request = _bench.Service.Requests[0];
        Assert.Equal(["system", "user"], request.Conversation.Messages.Select(m => m.Role));
        Assert.Equal(
            new Sampling
            {
                Temperature = 0.5f,
                TopK = 3,
                TopP = 0.5f,
                MinP = 0.1f,
                RepeatPenalty = 1.5f,
                Seed = 9,
            },
            request.Sampling
        );
        Assert.Equal((20u, 512u, -1L), (request.MaxTokens, request.ContextLength, request.KeepAlive.Seconds));
        Assert.Equal(["A B", "C"], request.Stop);
    }

    [Fact]
    public async Task RawSkipsTheTemplate()
    {
        _bench.Service.AnswerText("x");
        await RunAsync(["m", "hi", "--raw"]);
        Assert.Equal(GenerateRequest.InputOneofCase.Prompt, _bench.Service.Requests[0].InputCase);
    }

    [Fact]
    public async Task JsonHasTheAnswerAndItsFigures()
    {
        _bench.Service.AnswerText("a", "b");
        await RunAsync(["m", "hi", "--format", "json"]);
        JsonElement root = JsonDocument.Parse(_bench.Out).RootElement;
        Assert.Equal(
            ("ab", "stop", 7ul),
            (root.GetProperty("text").GetString(), root.GetProperty("finishReason").GetString(), root.GetProperty("seed").GetUInt64())
        );
    }

    [Fact]
    public async Task VerboseSaysHowLongItTookOnStderr()
    {
        GenerationFinished finished = ScriptedGenerations.Finished();
        finished.DecodeTime = Duration.FromTimeSpan(TimeSpan.FromSeconds(0.5));
        _bench.Service.Answer(ScriptedGenerations.Started(), "x", finished);
        await RunAsync(["m", "hi", "--verbose"]);
        Assert.Equal("x\n", _bench.Out);
        Assert.Contains("answer: 2 tokens, 0.50 s, 4.0 tokens/s, seed 7\n", _bench.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAPromptOnATerminalItIsAChat()
    {
        _bench.Service.AnswerText("Hi!");
        Assert.Equal(0, await RunAsync(["m"], lines: new ScriptedLines("hello", "/quit")));
        Assert.Equal("m", Assert.Single(_bench.Service.Loads).Model.Name);
        Assert.Equal("Hi!\n", _bench.Out);
        Assert.Contains("Chatting with m.", _bench.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InteractiveSaysThePromptFirst()
    {
        _bench.Service.AnswerText("1").AnswerText("2");
        await RunAsync(["m", "first", "words", "-i"], lines: new ScriptedLines("second"));
        Assert.Equal(["first words", "1", "second"], _bench.Service.Requests[1].Conversation.Messages.Select(m => m.Content));
    }

    [Fact]
    public async Task NothingToSayIsAUsageError() => Assert.Equal(2, (await Assert.ThrowsAsync<IlabException>(() => RunAsync(["m"], ""))).ExitCode);

    [Theory]
    [InlineData(new[] { "m", "--raw", "--system", "x" }, "--raw and --system exclude each other")]
    [InlineData(new[] { "m", "--raw", "-i" }, "--raw and --interactive exclude each other")]
    [InlineData(new[] { "m", "-i", "--format", "json" }, "--format json and --interactive exclude each other")]
    [InlineData(new[] { "m", "--format", "yaml", "--raw" }, "yaml")]
    [InlineData(new[] { "m", "--keep-alive", "soon" }, "--keep-alive: expected a duration")]
    public void AWrongLineIsOneClearError(string[] arguments, string message) =>
        Assert.Contains(message, Assert.Single(new ModelRunDefinition().Command.Parse(arguments).Errors).Message, StringComparison.Ordinal);

    private async Task<int> RunAsync(string[] arguments, string? input = null, ILineReader? lines = null)
    {
        var definition = new ModelRunDefinition();
        ParseResult line = definition.Command.Parse(arguments);
        Assert.Empty(line.Errors);
        return await new ModelRunCommand(definition, _bench.Context(input, lines)).RunAsync(line, CancellationToken.None);
    }
}
