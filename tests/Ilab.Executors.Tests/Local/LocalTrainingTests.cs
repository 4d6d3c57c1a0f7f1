using System.Text;
using System.Text.Json;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Local;
using Ilab.Executors.Tests.Fakes;
using Ilab.Executors.Tests.Fixtures;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Testing;
using Ilab.Testing.Work;

namespace Ilab.Executors.Tests.Local;

/// <summary>Trainings and their memory, with real processes and the real scheduler: workers that are killed, services that are replaced.</summary>
public sealed class LocalTrainingTests : IAsyncLifetime
{
    private const int All = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private RunnerLauncher _launcher = null!;
    private LimitedMachine _machine = null!;
    private LocalExecutor _executor = null!;

    public Task InitializeAsync()
    {
        var options = new EngineOptions
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = _folder.Path,
            RunnerPath = ShellWorker.Install(_folder.Path),
        };
        _launcher = new RunnerLauncher(options.RunnerPath);
        _machine = new LimitedMachine(_folder.Path, All);
        _executor = new LocalExecutor(options, _launcher, _machine.Devices, TimeProvider.System);
        _executor.Adopt();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await StopServiceAsync();
        foreach (var ready in Directory.GetFiles(_folder.Path, BundleFiles.Ready, SearchOption.AllDirectories))
        {
            ProcessTable.Kill(new Bundle(Path.GetDirectoryName(ready)!).ReadReady()!.Pid, 9);
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task AWorkerThatIsStartedAgainAsksAnewAndHasNoMoreThanItAsksFor()
    {
        await SubmitAsync("0", order: 20, ShellWorker.Ask("$(( $(wc -l < $files/runs) == 1 ? 50 : 60 ))"));
        await UntilAsync(() => _machine.Reserved == 50);
        Assert.True(ProcessTable.Kill((await ShellWorker.ReadyAsync(BundleOf("0"))).Pid, 9));
        await UntilAsync(() => _machine.Reserved == 60);
        Release("0");
        var events = await EventsAsync("0");
        Assert.Equal(WorkEnd.Succeeded, events[^1].End);
        Assert.Single(events, static entry => entry.Kind == WorkEventKind.Restarted);
        Assert.Equal(2, ShellWorker.Runs(FilesOf("0")));
        Assert.Equal(0, _machine.Reserved);
    }

    [Fact]
    public async Task TheNextServiceKnowsWhatAWorkerUsesBeforeAnybodyAsks()
    {
        await SubmitAsync("0", order: 20, ShellWorker.Ask("70"));
        await UntilAsync(() => _machine.Reserved == 70);
        await StopServiceAsync();
        await InitializeAsync();
        Assert.Equal(70, _machine.Reserved);
        Release("0");
        Assert.Equal(WorkEnd.Succeeded, (await EventsAsync("0"))[^1].End);
        Assert.Equal(1, ShellWorker.Runs(FilesOf("0")));
        Assert.Equal(0, _machine.Reserved);
    }

    [Fact]
    public async Task AWorkerThatStillAsksWhenTheServiceIsReplacedComesBeforeNewWork()
    {
        using (_machine.Devices.Hold("models", new(TrainingSpec.Cpu, 60, 0)))
        {
            await SubmitAsync("0", order: 30, ShellWorker.Ask("90"));
            await UntilAsync(() => new MemoryFiles(Path.Combine(_folder.Path, "jobs", "0", RunnerKinds.Train)).IsAsked);
            await StopServiceAsync();
        }

        await InitializeAsync();
        await SubmitAsync("1", order: 30, ShellWorker.Ask("90"));
        await UntilAsync(() => _machine.Reserved == 90);
        Assert.Equal(0, ShellWorker.Runs(FilesOf("1")));
        Release("0");
        Assert.Equal(WorkEnd.Succeeded, (await EventsAsync("0"))[^1].End);
        await ShellWorker.ReadyAsync(BundleOf("1"));
        Release("1");
        Assert.Equal(WorkEnd.Succeeded, (await EventsAsync("1"))[^1].End);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!holds())
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task StopServiceAsync()
    {
        await _executor.DisposeAsync();
        await _machine.DisposeAsync();
        _launcher.Dispose();
    }

    private Task SubmitAsync(string job, long order, string script)
    {
        var spec = new RunnerSpec
        {
            Kind = RunnerKinds.Train,
            Id = job,
            Model = new SpecModel(),
            Training = new TrainingSpec { Data = ShellWorker.Script },
        };
        var bytes = Encoding.UTF8.GetBytes(script + ShellWorker.Line(new Step.Wait(), TrainingFiles.Adapter));
        return _executor.SubmitAsync(
            new WorkOrder
            {
                Id = WorkIds.Of(job, RunnerKinds.Train),
                Kind = RunnerKinds.Train,
                Parameters = JsonSerializer.Serialize(spec, BundleJson.Default.RunnerSpec),
                Inputs = [new WorkInput(ShellWorker.Script, _ => Task.FromResult<Stream>(new MemoryStream(bytes)))],
                Outputs = [TrainingFiles.Adapter],
                Restarts = 1,
                Memory = new WorkMemory(TrainingSpec.Cpu, order),
            },
            CancellationToken.None
        );
    }

    private async Task<List<WorkEvent>> EventsAsync(string job)
    {
        using var limit = new CancellationTokenSource(Patience);
        var events = new List<WorkEvent>();
        await foreach (var entry in _executor.ObserveAsync(WorkIds.Of(job, RunnerKinds.Train), 0, limit.Token))
        {
            events.Add(entry);
        }

        return events;
    }

    private void Release(string job) => File.WriteAllText(Path.Combine(BundleOf(job).Directory, "go"), "");

    private Bundle BundleOf(string job) => new(Path.Combine(_folder.Path, "jobs", job, "runner"));

    private string FilesOf(string job) => Path.Combine(_folder.Path, "jobs", job, "train.files");
}
