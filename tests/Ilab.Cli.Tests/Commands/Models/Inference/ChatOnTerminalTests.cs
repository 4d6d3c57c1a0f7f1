using System.Diagnostics;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Tests.Fakes;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.Commands.Models.Inference;

/// <summary>A process at a terminal, and a service behind a socket: what a person sees.</summary>
public sealed class ChatOnTerminalTests : IAsyncLifetime
{
    private const string Ready = "\x1b[?2004h";
    private readonly string _home = Directory.CreateTempSubdirectory("ilab home ").FullName;
    private FakeDaemon _daemon = null!;

    public async Task InitializeAsync() => _daemon = await FakeDaemon.StartAsync();

    public async Task DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task QuestionsAreAnsweredAndControlDLeaves()
    {
        await using TerminalProcess chat = Start("chat", "tiny");
        await AskAsync(chat, "Grüße 漢字 😀\r");
        await chat.Terminal.WaitForAsync("named Lily.");
        await AskAsync(chat, "\u0004", prompts: 2);
        Assert.Equal(0, await chat.ExitAsync());
        Assert.Equal("Grüße 漢字 😀", _daemon.Inference.Requests[0].Conversation.Messages[0].Content);
    }

    [Fact]
    public async Task ControlCStopsTheAnswerNotTheProgram()
    {
        _daemon.Inference.HoldAfter = 4;
        await using TerminalProcess chat = Start("run", "tiny");
        await AskAsync(chat, "tell me\r");
        await chat.Terminal.WaitForAsync("Once upon a");
        chat.Terminal.Type("\u0003");
        await chat.Terminal.WaitForAsync("(stopped)");
        _daemon.Inference.HoldAfter = -1;
        await AskAsync(chat, "again\r", prompts: 2);
        await chat.Terminal.WaitForAsync("named Lily.");
        await AskAsync(chat, "/quit\r", prompts: 3);
        Assert.Equal(0, await chat.ExitAsync());
        Assert.Single(_daemon.Inference.Cancelled);
        Assert.Equal(["tell me", "Once upon a", "again"], _daemon.Inference.Requests[1].Conversation.Messages.Select(m => m.Content));
    }

    [Fact]
    public async Task ControlCEndsAnAnswerThatIsNotPartOfAChat()
    {
        _daemon.Inference.HoldAfter = 4;
        await using TerminalProcess run = Start("run", "tiny", "tell me");
        await run.Terminal.WaitForAsync("Once upon a");
        run.Terminal.Type("\u0003");
        Assert.Equal(130, await run.ExitAsync());
        Assert.Single(_daemon.Inference.Cancelled);
    }

    [Fact]
    public async Task AResizeIsNoticedWhileAsking()
    {
        await using TerminalProcess chat = Start("chat", "tiny");
        await AskAsync(chat, "thirty characters in this line");
        await chat.Terminal.WaitForAsync("this line");
        int from = chat.Terminal.Output.Length;
        chat.Terminal.Resize(20, 24);
        await chat.Terminal.WaitForAsync(">>> thirty character\r\ns in this line", from);
    }

    [Fact]
    public async Task TheNextChatKnowsWhatWasEnteredBefore()
    {
        await using (TerminalProcess first = Start("chat", "tiny"))
        {
            await AskAsync(first, "a question\r");
            await AskAsync(first, "\u0004", prompts: 2);
            Assert.Equal(0, await first.ExitAsync());
        }

        await using TerminalProcess second = Start("chat", "tiny");
        await AskAsync(second, "\x1b[A\r");
        await AskAsync(second, "\u0004", prompts: 2);
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal("a question", _daemon.Inference.Requests[1].Conversation.Messages[^1].Content);
        string history = Path.Combine(_home, "ilab", "history");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(history));
    }

    [Fact]
    public async Task AChatIsSavedUnderANameAndLoadedElsewhere()
    {
        await using TerminalProcess chat = Start("chat", "tiny");
        await AskAsync(chat, "hello\r");
        await AskAsync(chat, "/save \"story\"\r", prompts: 2);
        await chat.Terminal.WaitForAsync("Saved to ");
        await AskAsync(chat, "/quit\r", prompts: 3);
        Assert.Equal(0, await chat.ExitAsync());
        Assert.Equal(["hello", _daemon.Inference.Text], SavedChat.Load(Path.Combine(_home, "ilab", "chats", "story.json")).Messages.Select(m => m.Content));
    }

    [Fact]
    public async Task AnUnknownModelIsOneLineAndOneExitCode()
    {
        _daemon.Inference.Fault = new ErrorDetail
        {
            Kind = ErrorKind.NotFound,
            Message = "no model `tiny`",
            Hint = "`ilab model ls` lists the models",
        };
        await using TerminalProcess chat = Start("chat", "tiny");
        Assert.Equal(127, await chat.ExitAsync());
        await chat.Terminal.WaitForAsync("Error: no model `tiny`; `ilab model ls` lists the models\r\n");
    }

    [Fact]
    public async Task WithoutATerminalOnlyTheAnswersAreWritten()
    {
        string[] command = TerminalProcess.Command(_daemon.Socket, "chat", "tiny");
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("HOME");
        start.Environment["LANG"] = "C";
        using Process chat = Process.Start(start)!;
        _daemon.Inference.Text = "Grüße 😀";
        await chat.StandardInput.WriteAsync("first\nsecond\n");
        chat.StandardInput.Close();
        Task<string> error = chat.StandardError.ReadToEndAsync();
        Assert.Equal("Grüße 😀\nGrüße 😀\n", await chat.StandardOutput.ReadToEndAsync());
        Assert.Equal("", await error);
        await chat.WaitForExitAsync();
        Assert.Equal(0, chat.ExitCode);
    }

    private TerminalProcess Start(params string[] arguments) =>
        TerminalProcess.Start(_daemon.Socket, arguments, new Dictionary<string, string> { ["XDG_STATE_HOME"] = _home });

    /// <summary>Types when the editor has asked so many times: what is typed before belongs to the terminal, not to the editor.</summary>
    private static async Task AskAsync(TerminalProcess chat, string keys, int prompts = 1)
    {
        await chat.Terminal.WaitAsync(o => o.Split(Ready).Length > prompts);
        chat.Terminal.Type(keys);
    }
}
