using Ilab.Engine.Serving.Runners;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Serving.Runners;

public sealed class BundleStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BundleStore _store;

    public BundleStoreTests()
    {
        _store = new BundleStore(_folder.Path, TimeProvider.System);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a|b|c|d|e|f", "b | c | d | e | f")]
    [InlineData("a|Unhandled exception. X: y|at 1|at 2|at 3|at 4|at 5", "Unhandled exception. X: y | at 1 | at 2 | at 3 | at 4")]
    [InlineData("", "")]
    public void TheLastWordsOfARunnerBeginWithItsException(string lines, string expected) =>
        Assert.Equal(expected, Bundle.LastWords(lines.Split('|', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void The_spec_is_there_before_anything_is_started()
    {
        var bundle = _store.Create(Spec() with { MemoryReserved = 123, Device = "cuda0" });

        var read = bundle.ReadSpec()!;
        Assert.Equal(123, read.MemoryReserved);
        Assert.Equal("cuda0", read.Device);
        Assert.Equal(["/m/part 1.gguf"], read.Model.Files);
        Assert.Equal(Boot.Id, read.BootId);
        Assert.Equal(BundleCondition.Starting, Assert.Single(_store.Scan()).Condition);
    }

    [Fact]
    public void Only_the_owner_can_look_into_a_bundle()
    {
        var bundle = _store.Create(Spec());

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(bundle.Directory) & ~UnixFileMode.SetGroup
        );
    }

    [Fact]
    public void A_lock_held_by_a_process_means_alive_and_a_released_one_does_not()
    {
        var bundle = _store.Create(Spec());
        File.WriteAllText(bundle.ReadyPath, "{}");
        using (new FileStream(Path.Combine(bundle.Directory, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.True(bundle.IsLockHeld);
            Assert.Equal(BundleCondition.Running, Assert.Single(_store.Scan()).Condition);
        }

        Assert.False(bundle.IsLockHeld);
        Assert.Equal(BundleCondition.Lost, Assert.Single(_store.Scan()).Condition);
    }

    [Fact]
    public void A_removed_bundle_is_gone_and_a_half_removed_one_goes_with_the_next_scan()
    {
        _store.Remove(_store.Create(Spec()));
        var half = _folder.File("runners/.0123456789ab/spec", "{}");

        Assert.Empty(_store.Scan());
        Assert.False(File.Exists(half));
    }

    [Fact]
    public void A_folder_without_a_readable_spec_is_rubbish()
    {
        _folder.File("runners/aaaaaaaaaaaa/spec", "{ half a sp");
        _folder.File("runners/bbbbbbbbbbbb/runner.log", "x");

        Assert.All(_store.Scan(), found => Assert.Equal(BundleCondition.Rubbish, found.Condition));
    }

    [Fact]
    public void The_log_tail_is_the_last_lines_of_the_log()
    {
        var bundle = _store.Create(Spec());
        File.WriteAllLines(bundle.LogPath, Enumerable.Range(1, 5000).Select(i => $"line {i}"));

        Assert.Equal(["line 4999", "line 5000"], bundle.LogTail(2));
    }

    private static RunnerSpec Spec() =>
        new()
        {
            Id = BundleStore.NewId(),
            Model = new SpecModel
            {
                Name = "m",
                Files = ["/m/part 1.gguf"],
                Key = "k",
            },
        };
}
