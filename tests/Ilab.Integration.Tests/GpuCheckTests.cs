using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Gpu;

namespace Ilab.Integration.Tests;

/// <summary>packaging/gpu-check.sh from end to end: packed here, run without .NET, on the CPU and on an imaginary GPU. Publishes four programs, so it belongs
/// to the full tier.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class GpuCheckTests : IDisposable
{
    private const string FullTier = "ILAB_TEST_FULL";
    private const long LargestTree = 60_000_000;
    private static readonly string[] Pieces = ["serve", "decode", "prompt", "batch", "lora", "full"];

    private readonly GgmlLock _compute = new();
    private readonly string _root = Directory.CreateTempSubdirectory("ilab-gpu-check-").FullName;

    private string Tree => Path.Combine(_root, "tree");

    public void Dispose()
    {
        _compute.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [SkippableFact]
    public async Task ThePackedTreeIsSmallAndRunsEveryPieceWithoutDotNet()
    {
        Skip.IfNot(Environment.GetEnvironmentVariable(FullTier) == "1", $"takes minutes: set {FullTier}=1 to run it");
        Skip.IfNot(File.Exists(FakeGpu.Compiler), "gcc is not installed, which makes the imaginary GPU");
        var packed = await Script.RunAsync(Path.Combine(TestPaths.Repository, "packaging", "gpu-check.sh"), null, "pack", Tree);
        Assert.True(packed.ExitCode == 0, packed.Error);
        Assert.InRange(Directory.EnumerateFiles(Tree).Sum(static file => new FileInfo(file).Length), 1, LargestTree);

        await RunAsync("cpu", []);
        Assert.Contains("was not run", (await RunAsync("cpu", [], "report", results: "nothing", expected: 1)).Output, StringComparison.Ordinal);

        // The same with a GPU that is not there: a driver, a library, and what nvidia-smi would say.
        var driver = Directory.CreateDirectory(Path.Combine(_root, "driver")).FullName;
        await FakeGpu.CompileDriverAsync(driver);
        var native = Path.Combine(Tree, "tree", "lib", "ilab", "native");
        await FakeGpu.CompileBackendAsync(Path.Combine(_root, "native"), native);
        File.Copy(Path.Combine(_root, "native", FakeGpu.Library), Path.Combine(native, FakeGpu.Library));
        Script.Write(Path.Combine(driver, "nvidia-smi"), "#!/bin/sh\necho 'Imaginary X1, 9.0, 580.95.05, 8192 MiB'\n");
        await RunAsync("cuda0", [("LD_LIBRARY_PATH", driver), ("PATH", $"{driver}:{Programs()}")]);
    }

    /// <summary>A folder with all of the system's programs but dotnet.</summary>
    private string Programs()
    {
        var folder = Path.Combine(_root, "programs");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            foreach (var file in Directory.EnumerateFiles("/usr/bin").Where(static file => Path.GetFileName(file) != "dotnet"))
            {
                File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
            }
        }

        return folder;
    }

    private async Task<CommandResult> RunAsync(
        string device,
        (string Name, string Value)[] variables,
        string verb = "run",
        string? results = null,
        int expected = 0
    )
    {
        var folder = Path.Combine(_root, "results-" + (results ?? device));
        var environment = new Dictionary<string, string> { ["PATH"] = Programs(), ["GPU_CHECK_RESULTS"] = folder };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        string[] arguments = verb == "run" ? ["run", "--device", device, "--size", "tiny", "--threads", "1"] : [verb];
        var result = await Script.RunAsync(Path.Combine(Tree, "gpu-check.sh"), environment, arguments);
        Assert.True(result.ExitCode == expected, result.Output + result.Error);
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "gpu-check.json"))).RootElement;
        Assert.Equal(Pieces, report.GetProperty("pieces").EnumerateObject().Select(static piece => piece.Name));
        Assert.Equal(expected == 0, report.GetProperty("met").GetBoolean());
        return result;
    }
}
