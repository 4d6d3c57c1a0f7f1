using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Terminal;
using Ilab.Cli.Tests.Fakes;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Commands.Models.Inference;

public sealed class ModelChatTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ilab-chat-").FullName;
    private readonly TalkBench _bench = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task EachLineOfAPipeIsATurnAndOnlyAnswersArePrinted()
    {
        _bench.Service.AnswerText("one").AnswerText("two");
        Assert.Equal(0, await RunAsync(["m"], "first\nsecond\n"));
        Assert.Equal("one\ntwo\n", _bench.Out);
        Assert.Equal("", _bench.Error);
        Assert.Empty(_bench.Service.Loads);
        Assert.Equal(3, _bench.Service.Requests[1].Conversation.Messages.Count);
    }

    [Fact]
    public async Task APipeMayHaveTurnsOfSeveralLinesAndCommands()
    {
        _bench.Service.AnswerText("one").AnswerText("two");
        await RunAsync(["m"], "\"\"\"a\nb\"\"\"\n/clear\nc \\\nd");
        Assert.Equal("a\nb", _bench.Service.Requests[0].Conversation.Messages[0].Content);
        Assert.Equal("c \nd", _bench.Service.Requests[1].Conversation.Messages[0].Content);
    }

    [Fact]
    public async Task AnUnknownModelIsSaidBeforeAnythingIsAsked()
    {
        _bench.Service.LoadFault = new IlabException(ErrorKind.NotFound, "no model m");
        IlabException error = await Assert.ThrowsAsync<IlabException>(() => RunAsync(["m"], lines: new ScriptedLines("typed for nothing")));
        Assert.Equal(127, error.ExitCode);
        Assert.Empty(_bench.Service.Requests);
    }

    [Fact]
    public async Task AnUnknownModelIsAnErrorEvenWithoutInput()
    {
        _bench.Service.LoadFault = new IlabException(ErrorKind.NotFound, "no model m");
        Assert.Equal(127, (await Assert.ThrowsAsync<IlabException>(() => RunAsync(["m"], ""))).ExitCode);
    }

    [Fact]
    public async Task AChatIsSavedAtItsEndAndGoesOn()
    {
        string file = Path.Combine(_directory, "story.json");
        _bench.Service.AnswerText("Hi!").AnswerText("again");
        await RunAsync(["m", "--save", file, "--temperature", "0"], "hello\n");
        await RunAsync(["--load", file], "more\n");
        GenerateRequest request = _bench.Service.Requests[1];
        Assert.Equal(["hello", "Hi!", "more"], request.Conversation.Messages.Select(m => m.Content));
        Assert.Equal(("m", 0f), (request.Model.Name, request.Sampling.Temperature));
    }

    [Fact]
    public async Task AChatThatFailsIsSavedToo()
    {
        string file = Path.Combine(_directory, "story.json");
        _bench.Service.AnswerText("Hi!").Answer(new IlabException(ErrorKind.RunnerLost, "killed by signal 9"));
        await Assert.ThrowsAsync<IlabException>(() => RunAsync(["m", "--save", file], "hello\nmore\n"));
        Assert.Equal(["hello", "Hi!"], SavedChat.Load(file).Messages.Select(m => m.Content));
    }

    [Fact]
    public void AModelOrASavedChatIsNeeded() =>
        Assert.StartsWith("MODEL or --load is required", Assert.Single(new ModelChatDefinition().Command.Parse([]).Errors).Message, StringComparison.Ordinal);

    private async Task<int> RunAsync(string[] arguments, string? input = null, ILineReader? lines = null)
    {
        var definition = new ModelChatDefinition();
        ParseResult line = definition.Command.Parse(arguments);
        Assert.Empty(line.Errors);
        return await new ModelChatCommand(definition, _bench.Context(input, lines)).RunAsync(line, CancellationToken.None);
    }
}
