using System.Globalization;
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
using Ilab.Runner.Contract.Tasks;
using Ilab.Testing;

namespace Ilab.Executors.Tests.Local;

/// <summary>The executor of this machine with real processes: a shell script that keeps the contract of the bundle and does the steps of a test.</summary>
public sealed class LocalExecutorTests : ExecutorBehaviour
{
    // The lock is held by the shell alone: what it starts must not keep it.
    private const string Worker = """
        #!/bin/bash
        cd "$3" || exit 2
        exec 9>>lock
        for try in 1 2 3 4 5 6 7 8 9 10; do flock -n 9 && break; [ $try = 10 ] && exit 4; sleep 0.05; done
        say() { printf '%s' "$2" > ".$1.new"; mv ".$1.new" "$1"; }
        started=$(cut -d' ' -f22 "/proc/$$/stat") boot=$(cat /proc/sys/kernel/random/boot_id)
        say ready.json "{\"protocol\":1,\"pid\":$$,\"startTime\":$started,\"bootId\":\"$boot\",\"socket\":\"\",\"capabilities\":[\"$1\"]}"
        . "$3.files/script"
        say exit.json '{"code":0,"signal":null,"errorKind":"","message":"","endedAt":"2026-01-01T00:00:00+00:00"}'
        exit 0
        """;

    private readonly TemporaryFolder _folder = new();
    private RunnerLauncher? _launcher;
    private LocalExecutor? _executor;

    protected override IExecutor Executor => _executor ?? throw new InvalidOperationException("no service is running");

    protected override WorkOrder Order(string id, params Step[] steps)
    {
        var script = Encoding.UTF8.GetBytes(string.Concat(steps.Select(Line)));
        return new WorkOrder
        {
            Id = id,
            Kind = RunnerKinds.Quantize,
            Parameters = JsonSerializer.Serialize(new TaskSpec { Files = ["script"], Output = Output }, TaskJson.Default.TaskSpec),
            Inputs = [new WorkInput("script", _ => Task.FromResult<Stream>(new MemoryStream(script)))],
            Outputs = [Output],
        };
    }

    protected override Task StartServiceAsync()
    {
        var program = Path.Combine(_folder.Path, "worker");
        if (!File.Exists(program))
        {
            File.WriteAllText(program, Worker.ReplaceLineEndings("\n"));
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

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
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        RunnerReady? ready;
        while ((ready = BundleOf(id).ReadReady()) is null)
        {
            await timer.WaitForNextTickAsync();
        }

        Assert.True(ProcessTable.Kill(ready.Pid, 9));
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

    private static string Line(Step step) =>
        step switch
        {
            Step.Report report => string.Create(CultureInfo.InvariantCulture, $"say progress.json '{{\"done\":{report.Done},\"total\":{report.Total}}}'\n"),
            Step.Write write => string.Create(
                CultureInfo.InvariantCulture,
                $"head -c {write.Count} /dev/zero 9>&- | tr '\\0' '{write.Letter}' 9>&- > \"$3.files/{Output}\"\n"
            ),
            Step.Fail fail =>
                $"say exit.json '{{\"code\":3,\"signal\":null,\"errorKind\":\"{fail.Kind}\",\"message\":\"{fail.Message}\",\"endedAt\":\"2026-01-01T00:00:00+00:00\"}}'\nexit 3\n",
            _ => "until [ -e go ]; do sleep 0.02 9>&-; done\n",
        };
}
