using System.Diagnostics;
using System.Text;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Migration;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Tests.Runs;

/// <summary>Files that are made to crash or to hang who reads them: each is refused or read, in seconds.</summary>
public sealed class HostileFileTests
{
    private const int Many = 50_000;

    /// <summary>Far more than reading takes, and far less than what grows with the square of the keys.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static TheoryData<string, string> Endless =>
        new()
        {
            { "<<: &a [*a]\n", "an alias leads back into what it is part of" },
            { "<<: &a [[*a]]\n", "an alias leads back into what it is part of" },
            { "<<: &a {<<: *a}\n", "an alias leads back into what it is part of" },
            { "model: &a [*a]\n", "an alias leads back into what it is part of" },
            { Chain(900, "y: *a900\n"), "aliases lead more than 480 levels deep" },
            { Chain(900, "y: {<<: *a900}\n"), "aliases lead more than 480 levels deep" },
            { Powers("y: {<<: *a40}\n"), "more than 200000 values" },
            { Powers("y: *a40\n"), "more than 200000 values" },
        };

    [Theory]
    [MemberData(nameof(Endless))]
    public void AliasesThatLeadTooFarAreAnError(string text, string message)
    {
        Assert.Contains(Errors(text), error => error.Message.Contains(message, StringComparison.Ordinal));
        var migrated = ConfigMigrator.MigrateText(text, "x.yaml");
        Assert.Null(migrated.Text);
        Assert.Contains(migrated.Problems, error => error.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("y: *a20000\n")]
    [InlineData("y: {<<: *a20000}\n")]
    public void LongChainsAreRefusedBeforeTheStackEnds(string end) => Assert.Null(ConfigMigrator.MigrateText(Chain(20_000, end), "x.yaml").Text);

    [Fact]
    public void ChainsWithinTheBoundAreRead() => Assert.DoesNotContain(Errors(Chain(400, "y: *a400\n")), static problem => problem.Rule == "yaml:depth");

    [Fact]
    public void ManyUnknownKeysAreReportedUpToABound()
    {
        var text = "model: {model_name: m}\ntraining:\n" + Lines(static index => $"  kye{index}: 1\n");
        Assert.Equal(1000, Within(() => Errors(text)).Count);
    }

    [Fact]
    public void ManySectionsAtTheTopAreReportedUpToABound() =>
        Assert.Equal(1000, Within(() => Errors(Lines(static index => $"modle{index}: {{}}\n") + "model: 1\n")).Count);

    [Fact]
    public void ManyWordsOfFreeMappingsAreRead()
    {
        var text = "model:\n  model_name: m\n  model_kwargs:\n" + Lines(static index => $"    atn_implementation{index}: 1\n");
        var reading = Within(() => ConfigReader.ReadText(text, "x.yaml", RunKind.Train, lint: true));
        Assert.DoesNotContain(reading.Problems, static problem => problem.Rule == "yaml:limit");
    }

    [Fact]
    public void ALongKeyCostsItsBytesOnce()
    {
        var key = new string('k', 3 << 19);
        var errors = Within(() => Errors($"training:\n  ? {key}\n  : [{string.Concat(Enumerable.Repeat("1,", Many))}]\nmodel:\n  ? {key}x\n  : 1\n"));
        Assert.All(errors, static error => Assert.InRange(error.Key.Length, 0, 200));
        Assert.Contains(errors, static error => error.Key.StartsWith("training.kkkk", StringComparison.Ordinal));
    }

    [Fact]
    public void ManyKeysOfOldNamesAreMigrated()
    {
        var text = "training:\n  max_steps: 1\n" + Lines(static _ => "  lr: 1\n");
        var migrated = Within(() => ConfigMigrator.MigrateText(text, "x.yaml", RunKind.Train));
        Assert.Contains("learning_rate: 1\n", migrated.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void NobodyWaitingEndsTheWork()
    {
        var bytes = Encoding.UTF8.GetBytes("model: {model_name: m}\n");
        Assert.Throws<OperationCanceledException>(() => ConfigReader.ReadBytes(bytes, "x.yaml", cancellationToken: new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => ConfigMigrator.MigrateBytes(bytes, "x.yaml", null, new CancellationToken(canceled: true)));
    }

    private static List<ConfigProblem> Errors(string text) =>
        [.. ConfigReader.ReadText(text, "x.yaml", RunKind.Train).Problems.Where(static problem => problem.Level == ProblemLevel.Error)];

    /// <summary>Each list holds the one before it; all but the first are values of a key that was there already.</summary>
    private static string Chain(int length, string end) =>
        "x: 1\nx: &a0 []\n" + string.Concat(Enumerable.Range(1, length).Select(static index => $"x: &a{index} [*a{index - 1}]\n")) + end;

    /// <summary>Each list holds the one before it twice.</summary>
    private static string Powers(string end) =>
        "x: 1\nx: &a0 {}\n" + string.Concat(Enumerable.Range(1, 40).Select(static index => $"x: &a{index} [*a{index - 1}, *a{index - 1}]\n")) + end;

    private static string Lines(Func<int, string> line) => string.Concat(Enumerable.Range(0, Many).Select(line));

    private static T Within<T>(Func<T> work)
    {
        var started = Stopwatch.GetTimestamp();
        var result = work();
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Long);
        return result;
    }
}
