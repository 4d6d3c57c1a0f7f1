using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Tests.Fakes;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Chat;

public sealed class AnswerReaderTests
{
    private readonly ScriptedGenerations _service = new();
    private readonly StringWriter _shown = new();
    private readonly GenerateRequest _request = new() { GenerationId = "g1", Prompt = "Once" };

    [Fact]
    public async Task TheAnswerIsShownAsItComes()
    {
        _service.AnswerText(" upon", " a time");
        Answer answer = await ReadAsync();
        Assert.Equal(" upon a time", answer.Text);
        Assert.Equal(" upon a time", _shown.ToString());
        Assert.Equal(FinishReason.Stop, answer.Finished!.Reason);
        Assert.False(answer.Stopped);
    }

    [Fact]
    public async Task ABrokenStreamIsTakenUpWhereItBroke()
    {
        _service
            .Answer(ScriptedGenerations.Started(), " upon", ScriptedGenerations.Lost)
            .Answer(ScriptedGenerations.Lost)
            .Answer(" a", " time", ScriptedGenerations.Finished());
        Answer answer = await ReadAsync();
        Assert.Equal(" upon a time", answer.Text);
        Assert.Equal(" upon a time", _shown.ToString());
        Assert.Equal([("g1", 2ul), ("g1", 2ul)], _service.Attached);
    }

    [Fact]
    public async Task AStreamThatEndsEarlyIsABrokenOne()
    {
        _service.Answer(ScriptedGenerations.Started(), "a").Answer("b", ScriptedGenerations.Finished());
        Assert.Equal("ab", (await ReadAsync()).Text);
    }

    [Fact]
    public async Task AnAnswerThatIsGoneAfterARestartIsOneClearError()
    {
        _service.Answer(ScriptedGenerations.Started(), "a", ScriptedGenerations.Lost).Answer(new IlabException(ErrorKind.NotFound, "no generation g1", ""));
        IlabException error = await Assert.ThrowsAsync<IlabException>(ReadAsync);
        Assert.Equal(ErrorKind.RunnerLost, error.Kind);
        Assert.StartsWith("connection lost; the answer was not kept", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyWaitsForAServiceThatNeverAnswered()
    {
        _service.Answer(ScriptedGenerations.Lost);
        Assert.True((await Assert.ThrowsAsync<IlabException>(ReadAsync)).IsConnectionLost);
        Assert.Empty(_service.Attached);
    }

    [Fact]
    public async Task ErrorsOfTheServiceAreNotRetried()
    {
        _service.Answer(ScriptedGenerations.Started(), "a", new IlabException(ErrorKind.RunnerLost, "the runner was killed by signal 9", "ask again"));
        Assert.Equal("the runner was killed by signal 9", (await Assert.ThrowsAsync<IlabException>(ReadAsync)).Message);
    }

    [Fact]
    public async Task StoppingTellsTheServiceAndKeepsWhatCame()
    {
        using var stop = new CancellationTokenSource();
        _service.Answer(ScriptedGenerations.Started(), "half", ScriptedGenerations.Forever);
        Task<Answer> reading = ReadAsync(stop.Token);
        await _service.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        Answer answer = await reading.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("half", true), (answer.Text, answer.Stopped));
        Assert.Equal(["g1"], _service.Cancelled);
    }

    private Task<Answer> ReadAsync() => ReadAsync(CancellationToken.None);

    private Task<Answer> ReadAsync(CancellationToken stop) =>
        new AnswerReader(_service, TimeProvider.System).ReadAsync(_request, new AnswerPrinter(new ChatConsole(_shown, TextWriter.Null)), stop);
}
