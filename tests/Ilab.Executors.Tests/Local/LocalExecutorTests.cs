using System.Text;
using System.Text.Json;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Local;
using Ilab.Executors.Tests.Fakes;
using Ilab.Executors.Tests.Fixtures;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Testing;
using Ilab.Testing.Work;

namespace Ilab.Executors.Tests.Local;

/// <summary>The executor of this machine with real processes: a shell script that keeps the contract of the bundle and does the steps of a test.</summary>
public sealed class LocalExecutorTests : ExecutorBehaviour
{
    private readonly TemporaryFolder _folder = new();
    private RunnerLauncher? _launcher;
    private LocalExecutor? _executor;

    protected override IExecutor Executor => _executor ?? throw new InvalidOperationException("no service is running");

    protected override WorkOrder Order(string id, params Step[] steps)
    {
        var script = Encoding.UTF8.GetBytes(string.Concat(steps.Select(static step => ShellWorker.Line(step, Output))));
        return new WorkOrder
        {
            Id = id,
            Kind = RunnerKinds.Quantize,
            Parameters = JsonSerializer.Serialize(new TaskSpec { Files = [ShellWorker.Script], Output = Output }, TaskJson.Default.TaskSpec),
            Inputs = [new WorkInput(ShellWorker.Script, _ => Task.FromResult<Stream>(new MemoryStream(script)))],
            Outputs = [Output],
        };
    }

    protected override Task StartServiceAsync()
    {
        var program = ShellWorker.Install(_folder.Path);
        var options = new EngineOptions
        {
            StoreDirectory = _folder.Path,
            RuntimeDirectory = _folder.Path,
            RunnerPath = program,
        };
        _launcher = new RunnerLauncher(program);
        _executor = new LocalExecutor(options, _launcher, new EndlessDevices(), TimeProvider.System);
        return Task.CompletedTask;
    }

    protected override async Task StopServiceAsync()
    {
        await _executor!.DisposeAsync();
        _launcher!.Dispose();
        (_executor, _launcher) = (null, null);
    }

    protected override Task ReleaseAsync(string id)
    {
        File.WriteAllText(Path.Combine(BundleOf(id).Directory, "go"), "");
        return Task.CompletedTask;
    }

    protected override async Task KillWorkerAsync(string id)
    {
        var ready = await ShellWorker.ReadyAsync(BundleOf(id));
        Assert.True(ProcessTable.Kill(ready.Pid, 9));
    }

    protected override async Task UntilOverAsync(string id)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (BundleOf(id).IsLockHeld)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    protected override int RunsOf(string id) => ShellWorker.Runs(BundleOf(id).Directory + ".files");

    [Fact]
    public async Task HalfAnEventThatAKilledServiceWroteIsForgotten()
    {
        var id = await SubmitAsync(new Step.Report(1, 2), new Step.Wait(), new Step.Write('a', 1));
        await UntilAsync(id, static entry => entry.Kind == WorkEventKind.Progress);
        await StopServiceAsync();
        await File.AppendAllTextAsync(BundleOf(id).Directory + ".events", """{"number":3,"kind":"Prog""");
        await StartServiceAsync();
        await ReleaseAsync(id);
        var events = await AllAsync(id);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(static number => (long)number), events.Select(static entry => entry.Number));
        Assert.Equal(WorkEnd.Succeeded, events[^1].End);
    }

    [Fact]
    public async Task WorkThatWasAcceptedAndNotStartedIsStartedByTheNextService()
    {
        var accepted = Order(WorkIds.Of(Guid.NewGuid().ToString("N"), "step"), new Step.Write('a', 3));
        await StopServiceAsync();
        var folder = new WorkFolder(Path.Combine(_folder.Path, "jobs"), accepted.Id);
        await using (var script = await accepted.Inputs[0].Open(CancellationToken.None))
        await using (var staged = File.Create(folder.FileOf(ShellWorker.Script)))
        {
            await script.CopyToAsync(staged);
        }

        folder.Accept(new AcceptedWork(accepted.Kind, 0, null), new TaskSpec(), TaskJson.Default.TaskSpec);
        await StartServiceAsync();
        Assert.Equal(WorkEnd.Succeeded, (await AllAsync(accepted.Id))[^1].End);
        Assert.Equal("aaa", await CollectAsync(accepted.Id));
        Assert.Equal(1, RunsOf(accepted.Id));
    }

    [Fact]
    public async Task AnOutputIsDeliveredAsOftenAsWantedAndStaysWhatItIs()
    {
        var id = await SubmitAsync(new Step.Write('a', 100));
        await AllAsync(id);
        var target = Path.Combine(_folder.Path, "delivered");
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await using var output = await Executor.CollectAsync(id, Output, CancellationToken.None);
            await SharedFile.WriteAsync(output, target, CancellationToken.None);
            Assert.Equal(new string('a', 100), await File.ReadAllTextAsync(target));
            Assert.Equal([target], Directory.GetFiles(_folder.Path, "delivered*"));
        }

        await Executor.RemoveAsync(id, CancellationToken.None);
        Assert.Equal(new string('a', 100), await File.ReadAllTextAsync(target));
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var waiting in Directory.GetFiles(_folder.Path, "ready.json", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(waiting)!, "go"), "");
        }

        _folder.Dispose();
    }

    private Bundle BundleOf(string id) => new(Path.Combine([_folder.Path, "jobs", .. id.Split('.')]));
}
