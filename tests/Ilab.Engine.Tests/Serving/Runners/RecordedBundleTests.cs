using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Serving.Runners;

/// <summary>Bundles that the service and the runner of commit 971a393 wrote, in Golden/Bundles: what lives in one of them has to be adopted by every later
/// service.</summary>
public sealed class RecordedBundleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheSpecOfAModelIsReadWhole()
    {
        var spec = Recorded("infer").ReadSpec()!;

        Assert.Equal((1, RunnerKinds.Infer, "8ebb78780835", "stories:latest"), (spec.Protocol, spec.Kind, spec.Id, spec.Model.Name));
        Assert.StartsWith("/srv/ilab/store/content/blobs/sha256/", Assert.Single(spec.Model.Files), StringComparison.Ordinal);
        Assert.EndsWith(spec.Model.Key, spec.Model.Files[0], StringComparison.Ordinal);
        Assert.True(spec.MemoryReserved > 0 && spec.WeightBytes > 0 && spec.ContextLength > 0, "the reservation is part of the spec");
        Assert.Equal(new DateOnly(2026, 11, 29), DateOnly.FromDateTime(spec.CreatedAt.UtcDateTime));
        var ready = Recorded("infer").ReadReady()!;
        Assert.Equal("/srv/ilab/run/runners/8ebb78780835/runner.sock", ready.Socket);
        Assert.True(ready.Pid > 0 && ready.StartTime > 0 && ready.Protocol == 1);
        Assert.Contains("adapters", ready.Capabilities);
    }

    [Fact]
    public void TheSpecOfATrainingIsReadWhole()
    {
        var spec = Recorded("train").ReadSpec()!;

        Assert.Equal(RunnerKinds.Train, spec.Kind);
        var training = spec.Training!;
        Assert.Equal(
            ("lora", 4, 8f, 3.0, 4, 2e-4f, 42ul),
            (training.Type, training.Rank, training.Alpha, training.Epochs, training.BatchSize, training.LearningRate, training.Seed)
        );
        Assert.True(training.AwaitsMemory);
        Assert.Empty(training.Problems());
        Assert.Equal(["train"], Recorded("train").ReadReady()!.Capabilities);
    }

    [Fact]
    public void TasksAndTheirEndsAreReadWhole()
    {
        var quantize = Recorded("quantize").Require(BundleFiles.Spec, TaskJson.Default.TaskSpec);
        Assert.Equal(7, quantize.FileType);
        Assert.Contains("/content/ingest/quantize-", quantize.Output, StringComparison.Ordinal);
        Assert.Single(quantize.Files);
        var exit = Recorded("quantize").ReadExit()!;
        Assert.Equal((0, null, ""), (exit.Code, exit.Signal, exit.ErrorKind));
        var perplexity = Recorded("perplexity");
        Assert.Equal(512, perplexity.Require(BundleFiles.Spec, TaskJson.Default.TaskSpec).ContextLength);
        var progress = perplexity.Read(TaskFiles.Progress, TaskJson.Default.TaskProgress)!;
        Assert.InRange(progress.Done, 1, progress.Total);
        Assert.True(perplexity.Read(TaskFiles.Result, TaskJson.Default.PerplexityResult)!.Value > 1);
    }

    [Fact]
    public void WhatIsWrittenTodayHasTheSameNames()
    {
        var bundle = new Bundle(_folder.Path);
        foreach (var kind in new[] { "infer", "train" })
        {
            bundle.WriteSpec(Recorded(kind).ReadSpec()!);
            AssertKeeps(Recorded(kind).SpecPath, bundle.SpecPath);
        }

        bundle.WriteReady(Recorded("infer").ReadReady()!);
        AssertKeeps(Recorded("infer").ReadyPath, bundle.ReadyPath);
        bundle.WriteExit(Recorded("quantize").ReadExit()!);
        AssertKeeps(Recorded("quantize").ExitPath, bundle.ExitPath);
    }

    [Fact]
    public void ALivingRunnerOfThatCommitIsAdopted()
    {
        foreach (var file in Directory.GetFiles(Recorded("infer").Directory))
        {
            File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
        }

        var bundle = new Bundle(_folder.Path);
        using (bundle.TryLock())
        {
            Assert.Equal(BundleCondition.Running, BundleFacts.Of(bundle).Classify(DateTimeOffset.UnixEpoch));
        }

        // A child that another test forks just now has the lock's file open until it is another program.
        Assert.True(SpinWait.SpinUntil(() => BundleFacts.Of(bundle).Classify(DateTimeOffset.UnixEpoch) == BundleCondition.Lost, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void EveryErrorThatARunnerNamesIsAKindOfTheEngine()
    {
        var names = typeof(RunnerErrors).GetFields().Select(static field => (string)field.GetRawConstantValue()!).ToArray();

        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, static name => ErrorKindNames.Parse(name) is null);
        Assert.Equal(ErrorKind.DoesNotFit, ErrorKindNames.Parse("ERROR_KIND_DOES_NOT_FIT"));
    }

    /// <summary>Every name and value that was there is there still.</summary>
    private static void AssertKeeps(string recorded, string written)
    {
        using var before = JsonDocument.Parse(File.ReadAllBytes(recorded));
        using var after = JsonDocument.Parse(File.ReadAllBytes(written));
        AssertKeeps(before.RootElement, after.RootElement, "");
    }

    private static void AssertKeeps(JsonElement before, JsonElement after, string path)
    {
        if (before.ValueKind != JsonValueKind.Object)
        {
            Assert.True(JsonElement.DeepEquals(before, after), $"{path}: {before} became {after}");
            return;
        }

        foreach (var property in before.EnumerateObject())
        {
            Assert.True(after.TryGetProperty(property.Name, out var value), $"{path}.{property.Name} is gone");
            AssertKeeps(property.Value, value, $"{path}.{property.Name}");
        }
    }

    private static Bundle Recorded(string kind) => new(Path.Combine(TestPaths.Repository, "tests", "Ilab.Engine.Tests", "Golden", "Bundles", kind));
}
