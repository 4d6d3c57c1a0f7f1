using Ilab.Configuration.Service;
using Ilab.Configuration.Settings;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Service;

/// <summary>Settings from their four sources.</summary>
public sealed partial class OptionsReaderTests
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

    [Theory]
    [InlineData("--http", "127.0.0.1:8000")]
    [InlineData("--http --threads 2", "127.0.0.1:8000")]
    [InlineData("--http 8080", "127.0.0.1:8080")]
    [InlineData("--http :8080", "127.0.0.1:8080")]
    [InlineData("--http 0.0.0.0", "0.0.0.0:8000")]
    [InlineData("--http=localhost:0", "127.0.0.1:0")]
    [InlineData("--http [::1]:9000", "[::1]:9000")]
    [InlineData("--http ::1", "[::1]:8000")]
    [InlineData("--http *:80", "[::]:80")]
    [InlineData("--http off", null)]
    [InlineData("--threads 2", null)]
    public void TheHttpApisAreServedWhereTheyAreAskedFor(string arguments, string? expected) =>
        Assert.Equal(expected, Read(["--root", "/tmp/r", .. arguments.Split(' ')]).Options!.Http?.ToString());

    [Theory]
    [InlineData("example.org:80")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("127.0.0.1:")]
    [InlineData("yes")]
    public void WhatIsNoAddressIsAProblem(string address) => Assert.Single(Read("--root", "/tmp/r", "--http", address).Problems);

    /// <summary>A user cannot mend what an administrator keeps to the machine's own service.</summary>
    [SkippableFact]
    public void AFileOfTheMachineThatMayNotBeReadIsAWarningToAUsersService()
    {
        Skip.IfNot(TestUser.IsOrdinaryOrCanBecome, TestUser.NeedsRoot);
        using var folder = new TemporaryFolder();
        var file = folder.File("ilabd.conf", "parallel = 2\n");
        File.SetUnixFileMode(file, UnixFileMode.None);
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        OptionsResult user = AsOrdinary(() => new OptionsReader(_environment.GetValueOrDefault, "1.2.3", folder.Path).Read([]));
        Assert.NotNull(user.Options);
        Assert.StartsWith($"{file}: permission denied", Assert.Single(user.Warnings), StringComparison.Ordinal);

        var named = AsOrdinary(() => new OptionsReader(_environment.GetValueOrDefault, "1.2.3", folder.Path).Read(["--config", file]));
        Assert.StartsWith($"{file}: permission denied", Assert.Single(named.Problems), StringComparison.Ordinal);
    }

    /// <summary>On a thread that opens files as a user for whom permissions count.</summary>
    private static T AsOrdinary<T>(Func<T> read)
    {
        T? result = default;
        var thread = new Thread(() =>
        {
            if (TestUser.Ordinary is { } user)
            {
                setfsuid(user.Id);
            }

            result = read();
        });
        thread.Start();
        thread.Join();
        return result!;
    }

    [System.Runtime.InteropServices.LibraryImport("libc")]
    private static partial int setfsuid(uint id);

    private OptionsResult Read(params string[] arguments) => new OptionsReader(name => _environment.GetValueOrDefault(name), "1.2.3").Read(arguments);
}
