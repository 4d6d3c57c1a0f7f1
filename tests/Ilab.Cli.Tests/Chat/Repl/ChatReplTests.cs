using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Chat.Repl;
using Ilab.Cli.Tests.Fakes;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Chat.Repl;

public sealed class ChatReplTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ilab-repl-").FullName;
    private readonly ScriptedGenerations _service = new();
    private readonly ScriptedInterrupts _interrupts = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly ChatSession _session = new("tiny");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task EachTurnSeesWhatWasSaidBefore()
    {
        _service.AnswerText("Hi", "!").AnswerText("Fine.");
        Assert.Equal(0, await RunAsync("hello", "how are you?"));
        Assert.Equal("Hi!\nFine.\n", _out.ToString());
        Assert.Equal(["user: hello", "assistant: Hi!", "user: how are you?"], _service.Requests[1].Conversation.Messages.Select(m => $"{m.Role}: {m.Content}"));
        Assert.Equal("tiny", _service.Requests[1].Model.Name);
    }

    [Fact]
    public async Task SystemPromptAndSettingsGoWithEveryRequest()
    {
        _service.AnswerText("a").AnswerText("b");
        await RunAsync("/system Be kind.", "/set temperature 0", "/set stop END \"the end\"", "hello", "/clear", "again");
        Assert.Equal(0, _service.Requests[0].Sampling.Temperature);
        Assert.Equal(["END", "the end"], _service.Requests[0].Stop);
        Assert.Equal(["system: Be kind.", "user: again"], _service.Requests[1].Conversation.Messages.Select(m => $"{m.Role}: {m.Content}"));
    }

    [Fact]
    public async Task TheOldestMessagesLeaveAChatThatIsFullAndThatIsSaidOnce()
    {
        var full = ScriptedGenerations.Started();
        (full.LeftOut, full.ContextLength) = (2, 512);
        _service.AnswerText("a").AnswerText("b");
        _service.Answer(full, "c", ScriptedGenerations.Finished()).Answer(full, "d", ScriptedGenerations.Finished()).AnswerText("e");
        await RunAsync("1", "2", "3", "4", "5");
        Assert.All(_service.Requests, static request => Assert.True(request.Conversation.DropOldest));
        Assert.Equal(["1", "a", "2", "b", "3"], Said(2));
        Assert.Equal(["2", "b", "3", "c", "4"], Said(3));
        Assert.Equal(["3", "c", "4", "d", "5"], Said(4));
        Assert.Equal(10, _session.Messages.Count);
        Assert.Single(_error.ToString().Split('\n'), static line => line.Contains("context of 512 tokens", StringComparison.Ordinal));

        IEnumerable<string> Said(int request) => _service.Requests[request].Conversation.Messages.Select(static m => m.Content);
    }

    [Theory]
    [InlineData("/set temperature 0", true)]
    [InlineData("/set max_length 3", false)]
    public async Task AnAnswerThatTheFullContextCutsOffIsTold(string setting, bool isTold)
    {
        _service.Answer(ScriptedGenerations.Started(), "half a", ScriptedGenerations.Finished(FinishReason.Length));
        await RunAsync(setting, "1");
        Assert.Equal(isTold, _error.ToString().Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SeveralLinesAreOneMessage()
    {
        _service.AnswerText("ok");
        await RunAsync("\"\"\"one\ntwo\"\"\"");
        Assert.Equal("one\ntwo", _service.Requests[0].Conversation.Messages[0].Content);
    }

    [Fact]
    public async Task ControlCStopsTheAnswerAndTheChatGoesOn()
    {
        _service.Answer(ScriptedGenerations.Started(), "half", ScriptedGenerations.Forever).AnswerText("whole");
        Task<int> running = RunAsync("tell me", "again");
        await _service.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(_interrupts.IsCaptured);
        _interrupts.Press();
        Assert.Equal(0, await running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("half\nwhole\n", _out.ToString());
        Assert.Equal([_service.Requests[0].GenerationId], _service.Cancelled);
        Assert.Equal("half", _service.Requests[1].Conversation.Messages[1].Content);
        Assert.False(_interrupts.IsCaptured);
    }

    [Fact]
    public async Task AnErrorIsOneLineAndTheQuestionIsNotRemembered()
    {
        _service
            .Answer(ScriptedGenerations.Started(), "hal", new IlabException(ErrorKind.RunnerLost, "the runner of tiny was killed by signal 9", "ask again"))
            .AnswerText("fine");
        Assert.Equal(0, await RunAsync("first", "second"));
        Assert.Contains("Error: the runner of tiny was killed by signal 9; ask again\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["second"], _service.Requests[1].Conversation.Messages.Select(m => m.Content));
    }

    [Fact]
    public async Task APipeEndsAtTheFirstError()
    {
        _service.Answer(new IlabException(ErrorKind.NotFound, "no model tiny", "ilab model download tiny"));
        await Assert.ThrowsAsync<IlabException>(() => RunAsync(new ScriptedLines("first", "second") { IsInteractive = false }));
        Assert.Single(_service.Requests);
    }

    [Fact]
    public async Task AChatIsSavedAndGoesOnElsewhere()
    {
        string file = Path.Combine(_directory, "chat.json");
        _service.AnswerText("Hi!").AnswerText("again");
        await RunAsync("/set seed 3", "hello", $"/save {file}", "/clear", "/set seed default", $"/load {file}", "more");
        Assert.Contains($"Saved to {file}\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["hello", "Hi!", "more"], _service.Requests[1].Conversation.Messages.Select(m => m.Content));
        Assert.Equal(3ul, _service.Requests[1].Sampling.Seed);
    }

    [Theory]
    [InlineData("/hlep", "Error: unknown command /hlep; did you mean /help?")]
    [InlineData("/xyzzy", "Error: unknown command /xyzzy; /help lists the commands")]
    [InlineData("/set temperature hot", "Error: temperature: expected a number from 0 to 100, got `hot`")]
    [InlineData("/set volume 11", "Error: unknown setting `volume`; known settings: temperature, ")]
    [InlineData("/load", "Error: usage: /load NAME or /load FILE.json")]
    [InlineData("/load ./none.json", "none.json: no such file or directory")]
    [InlineData("/set", "  temperature        1  ")]
    [InlineData("/set top_k", "top_k = default (40)")]
    [InlineData("/system", "No system prompt.")]
    [InlineData("/history", "No messages yet.")]
    [InlineData("/help", "/quit")]
    [InlineData(ScriptedLines.ControlC, "Press Ctrl-D or type /quit to quit.")]
    public async Task CommandsTalkOnStderr(string line, string expected)
    {
        Assert.Equal(0, await RunAsync(line));
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _out.ToString());
    }

    [Theory]
    [InlineData("/quit")]
    [InlineData("/bye")]
    [InlineData("/exit")]
    public async Task LeavingReadsNoFurther(string command)
    {
        Assert.Equal(0, await RunAsync(command, "never asked"));
        Assert.Empty(_service.Requests);
    }

    [Fact]
    public async Task EntriesAreRemembered()
    {
        var lines = new ScriptedLines("/help", "  ", "/quit");
        await RunAsync(lines);
        Assert.Equal(["/help", "/quit"], lines.Remembered);
    }

    private Task<int> RunAsync(params string[] lines) => RunAsync(new ScriptedLines(lines));

    private Task<int> RunAsync(ScriptedLines lines)
    {
        var state = new ReplState(_session, new ChatConsole(_out, _error));
        return new ChatRepl(lines, new AnswerReader(_service, TimeProvider.System), state, _interrupts).RunAsync(CancellationToken.None);
    }
}
