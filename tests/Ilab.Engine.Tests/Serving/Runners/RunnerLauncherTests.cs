using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Serving.Runners;

public sealed class RunnerLauncherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();
    private readonly Bundle _bundle;

    public RunnerLauncherTests()
    {
        _bundle = new BundleStore(_folder.Path, TimeProvider.System).Create(
            new RunnerSpec
            {
                Id = BundleStore.NewId(),
                Model = new SpecModel { Name = "m" },
            }
        );
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_program_gets_the_bundle_and_its_output_lands_in_the_log()
    {
        var status = await Run("echo \"$@\"; echo trouble >&2");

        Assert.Equal(new ExitStatus(0, null), status);
        Assert.Equal([$"infer --bundle {_bundle.Directory}", "trouble"], _bundle.LogTail(10));
    }

    [Fact]
    public async Task An_exit_code_above_128_is_not_taken_for_a_signal() => Assert.Equal(new ExitStatus(137, null), await Run("exit 137"));

    [Fact]
    public async Task A_signal_is_reported_as_one() => Assert.Equal(new ExitStatus(137, 9), await Run("kill -9 $$"));

    [Fact]
    public async Task Many_children_are_all_reaped()
    {
        using var launcher = new RunnerLauncher(Script("exit 7"));
        var ends = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => launcher.Launch(_bundle, RunnerKinds.Infer).Exited)).WaitAsync(Patience);

        Assert.All(ends, end => Assert.Equal(7, end.Code));
    }

    [Fact]
    public async Task Secrets_and_open_files_of_the_service_do_not_reach_the_runner()
    {
        Environment.SetEnvironmentVariable("ILAB_TEST_SECRET", "geheim");
        using var open = new FileStream(Path.Combine(_folder.Path, "open"), FileMode.Create);

        await Run("env; ls -l /proc/$$/fd");

        var log = _bundle.LogTail(200);
        Assert.Contains(log, line => line.StartsWith("PATH=", StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.Contains("geheim", StringComparison.Ordinal) || line.EndsWith("/open", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_program_is_named()
    {
        using var launcher = new RunnerLauncher("/nowhere/ilab-runner");
        var error = Assert.Throws<EngineException>(() => launcher.Launch(_bundle, RunnerKinds.Infer));

        Assert.Contains("/nowhere/ilab-runner", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Hint);
    }

    [Fact]
    public void A_program_that_may_not_be_executed_is_named_with_the_reason()
    {
        using var launcher = new RunnerLauncher(_folder.File("plain.txt", "x"));
        var error = Assert.Throws<EngineException>(() => launcher.Launch(_bundle, RunnerKinds.Infer));

        Assert.Contains("Permission denied", error.Message, StringComparison.Ordinal);
    }

    private async Task<ExitStatus> Run(string script)
    {
        using var launcher = new RunnerLauncher(Script(script));
        return await launcher.Launch(_bundle, RunnerKinds.Infer).Exited.WaitAsync(Patience);
    }

    private string Script(string text)
    {
        var path = _folder.File("runner.sh", "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
