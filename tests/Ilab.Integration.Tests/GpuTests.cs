using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ilab.Testing;
using Ilab.Testing.Gpu;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A machine with a GPU, as far as it can be had without one: an imaginary card behind the driver's library, and a ggml backend on which the CPU
/// computes.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class GpuTests : IAsyncLifetime
{
    private const long MiB = 1L << 20;
    private const string Card = "Imaginary X1";

    private static readonly string[] OneSmallContext = ["--parallel", "1", "--context-length", "512", "--threads", "1"];

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();

    private string Libraries => Path.Combine(_ilab.Root, "native");

    private string Backend => Path.Combine(Libraries, FakeGpu.Library);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [SkippableFact]
    public async Task AGpuWithoutTheCudaLibraryIsShownAndItsLackIsSaidEverywhere()
    {
        await StartAsync(backend: false);
        var reason = $"the CUDA library is not installed ({Backend} is missing)";

        var gpu = (await GpuAsync());
        Assert.Equal(("cuda0", Card), (gpu.GetProperty("Id").GetString(), gpu.GetProperty("Name").GetString()));
        Assert.Equal(8UL << 30, gpu.GetProperty("MemoryTotal").GetUInt64());
        Assert.Equal(("580.95.05", "9.0"), (gpu.GetProperty("Driver").GetString(), gpu.GetProperty("ComputeCapability").GetString()));
        Assert.StartsWith(reason, gpu.GetProperty("Problem").GetString(), StringComparison.Ordinal);
        Assert.Contains($"Warning: cuda0 ({Card}) is not used: {reason}", (await _ilab.RunAsync("system", "info")).Expect(0).Error, StringComparison.Ordinal);
        Assert.Matches($"device cuda0 +failed +{Card} is not used: {Regex.Escape(reason)}", (await _ilab.RunAsync("system", "check")).Expect(1).Output);
        Assert.Contains($"cuda0 ({Card}) is not used: {reason}", _ilab.Log, StringComparison.Ordinal);

        var load = (await _ilab.RunAsync("model", "load", "one")).Expect(0);
        Assert.Contains($"Warning: cuda0 ({Card}) is not used: {reason}", load.Error, StringComparison.Ordinal);
        var ps = (await _ilab.RunAsync("model", "ps")).Expect(0);
        Assert.Contains(" cpu ", ps.Output, StringComparison.Ordinal);
        Assert.Contains($"Warning: one:latest runs on the CPU: cuda0 ({Card}) is not used: {reason}", ps.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WhoAsksForTheCpuIsNotWarnedAndWhoAsksForAGpuThatCannotBeUsedIsRefused()
    {
        await StartAsync(backend: false);
        Assert.DoesNotContain("Warning", (await _ilab.RunAsync("model", "load", "one", "--device", "cpu")).Expect(0).Error, StringComparison.Ordinal);
        Assert.Equal("", (await _ilab.RunAsync("model", "ps")).Expect(0).Error);

        var unusable = (await _ilab.RunAsync("model", "load", "one", "--device", "cuda0")).Expect(126);
        Assert.Contains($"cuda0 ({Card}) cannot be used: the CUDA library is not installed", unusable.Error, StringComparison.Ordinal);
        Assert.Contains("no such device: cuda7", (await _ilab.RunAsync("model", "load", "one", "--device", "cuda7")).Expect(2).Error, StringComparison.Ordinal);
        var unknown = (await _ilab.RunAsync("model", "load", "one", "--device", "gpu")).Expect(2);
        Assert.Contains("expected auto, cpu or cuda0", unknown.Error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("12040", 13, 90, "driver 580.95.05 supports CUDA 12.4, and libggml-cuda.so needs CUDA 13")]
    [InlineData("13000", 13, 86, "libggml-cuda.so has no code for compute capability 9.0 (it has 8.6)")]
    public async Task ADriverThatIsTooOldAndACardWithoutCodeAreNamed(string cuda, int major, int architecture, string reason)
    {
        _ilab.Variables["CUDA_FAKE_CUDA"] = cuda;
        await StartAsync(backend: true, file => FakeGpu.AddCode(file, major, (IsPtx: false, architecture)));
        Assert.StartsWith(reason, (await GpuAsync()).GetProperty("Problem").GetString(), StringComparison.Ordinal);
        Assert.Contains(reason, (await _ilab.RunAsync("model", "load", "one")).Expect(0).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ALibraryThatTheRunnerCannotLoadIsNamedWithTheReason()
    {
        await StartAsync(backend: true, static file => File.WriteAllText(file, "no library"));
        var problem = (await GpuAsync()).GetProperty("Problem").GetString();
        Assert.StartsWith("a runner cannot use it: libggml-cuda.so cannot be loaded: ", problem, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AModelGoesToTheGpuAndToTheCpuWhenThatIsAskedFor()
    {
        await StartAsync(backend: true, static file => FakeGpu.AddCode(file, 13, (IsPtx: true, 75)));
        var check = (await _ilab.RunAsync("system", "check")).Expect(0);
        Assert.Matches($@"device cuda0 +ok +{Card} \(compute capability 9\.0, driver 580\.95\.05\): ", check.Output);

        var onGpu = await AnswerAsync([]);
        var loaded = await LoadedAsync();
        Assert.Equal("cuda0", loaded.GetProperty("Device").GetString());
        Assert.Equal((8, 8), (loaded.GetProperty("GpuLayers").GetInt32(), loaded.GetProperty("Layers").GetInt32()));
        // The weights of 15 MiB and a cache of 4 MiB lie there, as the runner measured; the estimate before had 512 MiB for CUDA itself.
        Assert.InRange(loaded.GetProperty("Memory").GetInt64(), 15 * MiB, 200 * MiB);
        var device = (await GpuAsync());
        Assert.Equal(loaded.GetProperty("Memory").GetInt64(), device.GetProperty("MemoryReserved").GetInt64());

        var onCpu = await AnswerAsync(["--device", "cpu"]);
        Assert.Equal("cpu", (await LoadedAsync()).GetProperty("Device").GetString());
        Assert.Equal(onGpu, onCpu);

        // What is there already does for who asks for nothing.
        await AnswerAsync([]);
        Assert.Equal("cpu", (await LoadedAsync()).GetProperty("Device").GetString());
    }

    [SkippableFact]
    public async Task AModelThatDoesNotFitIsRefusedWithNumbersAndSplitOnlyWhenThatIsAskedFor()
    {
        // It needs 15 MiB of weights, 4 of cache, 40 of results and 512 for CUDA.
        _ilab.Variables["CUDA_FAKE_MEMORY"] = $"{640 * MiB}";
        await StartAsync(backend: true);

        var refused = (await _ilab.RunAsync("model", "load", "one")).Expect(126).Error;
        var numbers = Regex.Match(refused, "it needs ([0-9.]+) MB with a context of 512, and cuda0 has ([0-9.]+) MB for models");
        Assert.True(numbers.Success, refused);
        Assert.True(Number(numbers.Groups[1]) > Number(numbers.Groups[2]), refused);
        var fitting = (int)Number(Regex.Match(refused, "--gpu-layers auto \\(([1-7]) of 8 fit\\)").Groups[1]);
        Assert.Contains("--device cpu", refused, StringComparison.Ordinal);
        Assert.Equal("[]", (await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output.Trim());

        var split = await AnswerAsync(["--gpu-layers", "auto"]);
        Assert.Equal(fitting, (await LoadedAsync()).GetProperty("GpuLayers").GetInt32());
        Assert.Contains($" cuda0 {fitting}/8 layers ", (await _ilab.RunAsync("model", "ps")).Expect(0).Output, StringComparison.Ordinal);

        Assert.Equal(split, await AnswerAsync(["--gpu-layers", "2"]));
        Assert.Equal(2, (await LoadedAsync()).GetProperty("GpuLayers").GetInt32());
        Assert.Equal(split, await AnswerAsync(["--device", "cpu"]));
    }

    [SkippableFact]
    public async Task ATrainingRunsWhereItIsToldAndSaysWhatIsNotUsed()
    {
        await StartAsync(backend: true);
        var data = Path.Combine(_ilab.Root, "data.jsonl");
        await File.WriteAllLinesAsync(
            data,
            Enumerable.Range(0, 8).Select(static index => $$"""{"prompt": "count {{index}}", "completion": "{{index + 1}}"}""")
        );
        string[] few = ["--data", data, "--steps", "2", "--batch-size", "2"];

        (await _ilab.RunAsync(["model", "train", "one", "--name", "on-gpu", "--device", "cuda0", .. few])).Expect(0);
        Assert.DoesNotContain("is not used", await LogsAsync(), StringComparison.Ordinal);
        (await _ilab.RunAsync(["model", "train", "one", "--name", "on-cpu", .. few])).Expect(0);
        Assert.Contains($"cuda0 ({Card}) is not used: training runs on the CPU unless --device cuda0 is given", await LogsAsync(), StringComparison.Ordinal);
    }

    private async Task<string> LogsAsync()
    {
        var newest = (await _ilab.RunAsync("job", "ls", "--all", "-q")).Expect(0).Output.Split('\n')[0];
        var logs = (await _ilab.RunAsync("job", "logs", newest)).Expect(0);
        return logs.Output + logs.Error;
    }

    private async Task StartAsync(bool backend, Action<string>? change = null)
    {
        Skip.IfNot(File.Exists(FakeGpu.Compiler), "gcc is not installed, which makes the imaginary GPU");
        var driver = Directory.CreateDirectory(Path.Combine(_ilab.Root, "driver")).FullName;
        await FakeGpu.CompileDriverAsync(driver);
        if (backend)
        {
            await FakeGpu.CompileBackendAsync(Libraries, TestPaths.NativeLibraries);
            change?.Invoke(Backend);
        }
        else
        {
            FakeGpu.Link(Libraries, TestPaths.NativeLibraries);
        }

        _ilab.Variables["LD_LIBRARY_PATH"] = driver;
        await _ilab.StartAsync([.. OneSmallContext, "--accelerator", "off", "--native", Libraries]);
        var file = Path.Combine(_ilab.Root, "one.gguf");
        RandomLlama.Write(file, LlamaShape.FourteenMillion, "one");
        (await _ilab.RunAsync("model", "import", file, "--name", "one")).Expect(0);
    }

    private static double Number(Group text) => double.Parse(text.Value, CultureInfo.InvariantCulture);

    /// <summary>What the service says of the first device.</summary>
    private async Task<JsonElement> GpuAsync()
    {
        var info = (await _ilab.RunAsync("system", "info", "--format", "json")).Expect(0).Output;
        return JsonDocument.Parse(info).RootElement.GetProperty("Devices").EnumerateArray().First();
    }

    private async Task<string> AnswerAsync(string[] options) =>
        (await _ilab.RunAsync(["model", "inference", "--model-name", "one", "--prompt", "count", "--max-length", "8", "--temperature", "0", .. options]))
            .Expect(0)
            .Output;

    private async Task<JsonElement> LoadedAsync() =>
        Assert.Single(JsonDocument.Parse((await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output).RootElement.EnumerateArray());
}
