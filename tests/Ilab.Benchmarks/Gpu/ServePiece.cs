using System.Diagnostics;
using System.Text.Json;
using Ilab.Benchmarks.Measure;

namespace Ilab.Benchmarks.Gpu;

/// <summary>The whole way: the service sees the device, loads a model onto it, answers, splits it when asked, and refuses what does not fit; the device's
/// results are the CPU's.</summary>
internal sealed class ServePiece : IGpuPiece
{
    private const int DoesNotFit = 126,
        LogitTokens = 16;
    private const double LargestError = 0.05;

    public string Name => "serve";

    public async Task RunAsync(GpuMachine machine, Report report, CancellationToken cancellationToken)
    {
        var (name, shape) = machine.Served[0];
        var file = machine.ModelFile(name, shape);
        await using var installation = new Installation(machine.Tree);
        await installation.StartAsync(cancellationToken);
        var info = await AskAsync("system", "info", "--format", "json");
        var device = info.GetProperty("Devices").EnumerateArray().FirstOrDefault(one => Text(one, "Id") == machine.Device);
        var problem = device.ValueKind == JsonValueKind.Object ? Text(device, "Problem") : "it is not listed";
        Check($"{machine.Device} can be used{(problem.Length > 0 ? $": {problem}" : "")}", problem.Length == 0);
        if (problem.Length > 0)
        {
            return;
        }

        var facts = machine.IsGpu ? $", compute capability {Text(device, "ComputeCapability")}, driver {Text(device, "Driver")}" : "";
        var card = $"{machine.Device}: {Text(device, "Name")}{facts}";
        report.Add(card, device.GetProperty("MemoryTotal").GetDouble() / 1e9, "GB");
        await installation.RunAsync(["model", "import", file, "--name", "one"], cancellationToken);
        var start = Stopwatch.GetTimestamp();
        await installation.RunAsync(["model", "load", "one", "--device", machine.Device], cancellationToken);
        report.Add("loading, the first time", Stopwatch.GetElapsedTime(start).TotalSeconds, "s");
        var loaded = await LoadedAsync();
        Check("the model is on the device", Text(loaded, "Device") == machine.Device);
        report.Add("memory of the device", loaded.GetProperty("Memory").GetDouble() / 1e6, "MB");
        await installation.RunAsync(["model", "run", "one", "Once upon a time", "--max-length", "16", "--temperature", "0"], cancellationToken);

        var impossible = await installation.RunAsync(
            ["model", "load", "one", "--device", machine.Device, "--ctx", $"{1 << 28}"],
            cancellationToken,
            check: false
        );
        Check("a context for which there is no memory is refused", impossible == DoesNotFit);
        if (machine.IsGpu)
        {
            await installation.RunAsync(["model", "load", "one", "--device", machine.Device, "--gpu-layers", "1"], cancellationToken);
            loaded = await LoadedAsync();
            Check("one layer on the GPU, the others on the CPU", loaded.GetProperty("GpuLayers").GetInt32() == 1);
            await installation.RunAsync(["model", "run", "one", "Once upon a time", "--max-length", "16", "--temperature", "0"], cancellationToken);
        }

        await installation.RunAsync(["model", "stop", "--all"], cancellationToken);
        var error = Error(await LogitsAsync(machine, file, machine.Device), await LogitsAsync(machine, file, "cpu"));
        report.Add("logits, against the CPU's: relative error", error, "", $"<= {LargestError}", error <= LargestError);

        void Check(string what, bool isSo) => report.Add(what, isSo ? 1 : 0, "", "1", isSo);

        async Task<JsonElement> LoadedAsync() => (await AskAsync("model", "ps", "--format", "json")).EnumerateArray().Single();

        async Task<JsonElement> AskAsync(params string[] arguments) =>
            JsonDocument.Parse(await installation.OutputAsync(arguments, cancellationToken)).RootElement;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static async Task<float[]> LogitsAsync(GpuMachine machine, string file, string device)
    {
        await using var runner = await BenchRunner.StartAsync(machine.Runner, file, device, machine.Threads);
        return await runner.LogitsAsync(LogitTokens);
    }

    /// <summary>The norm of the difference over the norm of what is right.</summary>
    private static double Error(float[] own, float[] right) =>
        own.Any(float.IsNaN)
            ? double.MaxValue
            : Math.Sqrt(own.Zip(right, static (a, b) => Math.Pow(a - b, 2)).Sum() / right.Sum(static value => Math.Pow(value, 2)));
}
