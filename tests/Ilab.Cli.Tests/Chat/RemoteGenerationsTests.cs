using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Tests.Fakes;
using Ilab.Cli.Tests.Fixtures;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Chat;

/// <summary>Answers over a real socket, with a service that breaks.</summary>
public sealed class RemoteGenerationsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly WatchedWriter _shown = new();
    private FakeDaemon _daemon = null!;
    private IlabClient _client = null!;
    private RemoteGenerations _service = null!;

    public async Task InitializeAsync()
    {
        _daemon = await FakeDaemon.StartAsync();
        _client = _daemon.Connect();
        _service = new RemoteGenerations(_client);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _daemon.DisposeAsync();
    }

    [Fact]
    public async Task AnAnswerComesOverTheSocket()
    {
        Answer answer = await AskAsync(CancellationToken.None);
        Assert.Equal(_daemon.Inference.Text, answer.Text);
        Assert.Equal(7ul, answer.Finished!.Seed);
    }

    [Fact]
    public async Task ARestartOfTheServiceInTheMiddleGoesUnnoticed()
    {
        _daemon.Inference.HoldAfter = 4;
        Task<Answer> asking = AskAsync(CancellationToken.None);
        await _shown.WaitForAsync("Once upon a");
        await _daemon.KillAsync();
        _daemon.Inference.HoldAfter = -1;
        await _daemon.ListenAsync();
        Answer answer = await asking.WaitAsync(Patience);
        Assert.Equal(_daemon.Inference.Text, answer.Text);
        Assert.Equal(_daemon.Inference.Text, _shown.ToString());
        Assert.Equal(4ul, Assert.Single(_daemon.Inference.Attached).Offset);
    }

    [Fact]
    public async Task StoppingReachesTheService()
    {
        _daemon.Inference.HoldAfter = 3;
        using var stop = new CancellationTokenSource();
        Task<Answer> asking = AskAsync(stop.Token);
        await _shown.WaitForAsync("Once upon");
        await stop.CancelAsync();
        Answer answer = await asking.WaitAsync(Patience);
        Assert.True(answer.Stopped);
        Assert.Equal("Once upon", answer.Text);
        Assert.Equal(_daemon.Inference.Requests[0].GenerationId, Assert.Single(_daemon.Inference.Cancelled));
    }

    [Fact]
    public async Task TheErrorOfTheServiceArrivesWithItsHint()
    {
        _daemon.Inference.Fault = new ErrorDetail
        {
            Kind = ErrorKind.NotFound,
            Message = "no model `m`",
            Hint = "`ilab model ls` lists the models",
        };
        IlabException error = await Assert.ThrowsAsync<IlabException>(() => AskAsync(CancellationToken.None));
        Assert.Equal((ErrorKind.NotFound, 127, "no model `m`", "`ilab model ls` lists the models"), (error.Kind, error.ExitCode, error.Message, error.Hint));
        Assert.False(error.IsConnectionLost);
    }

    [Fact]
    public async Task AFileIsSentWholeAndNamedByItsDigest()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[(3 << 20) + 17]);
            Assert.Equal("sha256:abc", await _service.UploadAsync(path, View(), CancellationToken.None));
            Assert.Equal(
                ((3 << 20) + 17, true, (ulong)((3 << 20) + 17)),
                (_daemon.Models.Received, _daemon.Models.Start!.Anonymous, _daemon.Models.Start.Size)
            );
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task ARefusedFileSaysWhy()
    {
        _daemon.Models.Refusal = "not a GGUF file";
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[64 << 20]);
            IlabException error = await Assert.ThrowsAsync<IlabException>(() => _service.UploadAsync(path, View(), CancellationToken.None).WaitAsync(Patience));
            Assert.Equal((ErrorKind.InvalidModel, "not a GGUF file"), (error.Kind, error.Message));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task AFileThatIsNotThereIsNamed()
    {
        IlabException error = await Assert.ThrowsAsync<IlabException>(() => _service.UploadAsync("/nonexistent/x.gguf", View(), CancellationToken.None));
        Assert.Equal((127, "/nonexistent/x.gguf: the directory /nonexistent does not exist"), (error.ExitCode, error.Message));
    }

    private AnswerPrinter View() => new(new ChatConsole(_shown, TextWriter.Null));

    private Task<Answer> AskAsync(CancellationToken stop)
    {
        GenerateRequest request = new GenerationSettings().ToRequest(new ModelSelector { Name = "tiny" });
        request.Prompt = "Once";
        return new AnswerReader(_service, TimeProvider.System).ReadAsync(request, View(), stop);
    }
}
