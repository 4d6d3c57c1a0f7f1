using Ilab.Configuration.Service;

namespace Ilab.Configuration.Tests.Service;

/// <summary>Settings from their four sources.</summary>
public sealed class OptionsReaderTests
{
    private readonly Dictionary<string, string> _environment = new() { ["HOME"] = "/home/ann" };

    [Fact]
    public void TheCommandLineWinsOverTheEnvironmentOverTheFile()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "# settings\nparallel = 2\nthreads = 3\nkeep-alive = 1m\n");
        _environment["ILAB_THREADS"] = "4";
        _environment["ILAB_KEEP_ALIVE"] = "2m";
        var options = Read("--root", "/tmp/r", "--config", file, "--keep-alive", "3m").Options!;
        Assert.Equal((2, 4, TimeSpan.FromMinutes(3)), (options.Parallel, options.Threads, options.KeepAlive));
        Assert.Contains($"parallel=2 ({file})", options.Effective);
        Assert.Contains("threads=4 (ILAB_THREADS)", options.Effective);
        File.Delete(file);
    }

    [Fact]
    public void AllProblemsAreSaidAtOnce()
    {
        _environment["ILAB_MEMORY_LIMIT"] = "lots";
        var problems = Read("--root", "/tmp/r", "--parallel", "0", "--nonsense", "--keep-alive=soon").Problems;
        Assert.Equal(4, problems.Count);
        Assert.Contains(problems, static problem => problem.Contains("--nonsense", StringComparison.Ordinal));
        Assert.Contains(problems, static problem => problem.Contains("ILAB_MEMORY_LIMIT", StringComparison.Ordinal));
    }

    [Fact]
    public void TheRootDecidesWhereEverythingIs()
    {
        var options = Read("--root", "/tmp/a b").Options!;
        Assert.Equal(("/tmp/a b/store", "/tmp/a b/run/ilabd.sock"), (options.Paths.StoreDirectory, options.Socket));
    }

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("2h", 7200)]
    [InlineData("90", 90)]
    public void DurationsAreUnderstood(string text, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Values.Duration(text));

    private OptionsResult Read(params string[] arguments) => new OptionsReader(name => _environment.GetValueOrDefault(name), "1.2.3").Read(arguments);
}
