using System.Globalization;
using Ilab.Engine.Serving.Runners;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Tests.Serving.Runners;

/// <summary>A runner without a model: the real protocol on a real socket in a real bundle with a real lock, inside the test's process.
/// It answers a prompt with <c>0 1 2 ...</c>, as many words as tokens were asked for, and waits before a word when told to.</summary>
internal sealed class FakeRunner : IRunnerProcess
{
    private readonly Bundle _bundle;
    private readonly FakePlan _plan;
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FileStream? _lock;
    private WebApplication? _app;

    public FakeRunner(Bundle bundle, FakePlan plan)
    {
        _bundle = bundle;
        _plan = plan;
        Spec = bundle.ReadSpec()!;
        Generations = new FakeGenerations(plan);
        Listening = Task.Run(ListenAsync);
        _ = LoadAsync();
    }

    public RunnerSpec Spec { get; }

    public FakeGenerations Generations { get; }

    public FakeStatus Status { get; } = new();

    public Task Listening { get; }

    /// <summary>Of no process: one that does not end when it is asked gets signals, which are for nobody here.</summary>
    public int ProcessId => int.MaxValue;

    public Task<ExitStatus> Exited => _exited.Task;

    /// <summary>Ends at once and without a word, as by a signal.</summary>
    public async Task DieAsync(int signal)
    {
        await AbortAsync();
        _exited.TrySetResult(new ExitStatus(128 + signal, signal));
    }

    /// <summary>Ends in order.</summary>
    public async Task EndAsync(int code, string kind, string message)
    {
        _bundle.WriteExit(
            new RunnerExit
            {
                Code = code,
                ErrorKind = kind,
                Message = message,
            }
        );
        await AbortAsync();
        _exited.TrySetResult(new ExitStatus(code, null));
    }

    private async Task ListenAsync()
    {
        _lock = new FileStream(Path.Combine(_bundle.Directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        File.WriteAllText(_bundle.LogPath, "fake runner\n");
        var socket = Path.Combine(_bundle.Directory, "runner.sock");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o => o.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new FakeRunnerService(this));
        _app = builder.Build();
        _app.MapGrpcService<FakeRunnerService>();
        await _app.StartAsync();
        var ready = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"protocol":1,"pid":{{ProcessId}},"startTime":0,"bootId":"x","socket":"{{socket}}","capabilities":[]}"""
        );
        await File.WriteAllTextAsync(_bundle.ReadyPath + ".new", ready);
        File.Move(_bundle.ReadyPath + ".new", _bundle.ReadyPath);
    }

    private async Task LoadAsync()
    {
        await Task.WhenAll(Listening, _plan.LoadGate);
        if (_plan.Failure is var (kind, message))
        {
            Status.Set(
                new RunnerStatus
                {
                    State = RunnerStatus.Types.State.Failed,
                    ErrorKind = kind,
                    Error = message,
                }
            );
            await EndAsync(3, kind, message);
            return;
        }

        Status.Set(
            new RunnerStatus
            {
                State = RunnerStatus.Types.State.Ready,
                Fraction = 1,
                Model = new ModelInfo { Memory = (ulong)_plan.Measured },
            }
        );
    }

    private async Task AbortAsync()
    {
        await Listening;
        // A cancelled stop aborts the connections, as the end of a process does.
        await _app!.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
        Generations.Stop();
        _lock!.Dispose();
    }
}

/// <summary>How fake runners behave.</summary>
internal sealed class FakePlan
{
    /// <summary>Loading ends with it.</summary>
    public Task LoadGate { get; set; } = Task.CompletedTask;

    /// <summary>Every generation waits for it before the word of that number.</summary>
    public (int Word, Task Gate)? WordGate { get; set; }

    /// <summary>Loading fails with this kind and message.</summary>
    public (string Kind, string Message)? Failure { get; set; }

    /// <summary>Bytes it says it takes after loading; 0 = it does not say.</summary>
    public long Measured { get; set; }
}
