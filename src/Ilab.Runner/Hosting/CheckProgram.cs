using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn;
using Ilab.Native.OneDnn.Checks;

namespace Ilab.Runner.Hosting;

/// <summary><c>ilab-runner check</c>: reports as JSON whether the accelerator can be used on this machine, and its accuracy.</summary>
internal static class CheckProgram
{
    private const int Failed = 1;

    public static async Task<int> MainAsync(string[] args)
    {
        try
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(Check(args), CheckJson.Default.CheckResult));
            return 0;
        }
        catch (LlamaException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Failed;
        }
    }

    private static CheckResult Check(string[] args)
    {
        NativeLibraries.Load(Arguments.Value(args, "--native") ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory);
        var options = new AcceleratorOptions
        {
            Directory = Arguments.Value(args, "--onednn"),
            RecordDirectory = Arguments.Value(args, "--records"),
            Threads = Arguments.Value(args, "--threads") is { } threads
                ? int.Parse(threads, System.Globalization.CultureInfo.InvariantCulture)
                : Environment.ProcessorCount,
            Fresh = args.Contains("--again"),
        };
        var accelerator = Accelerator.TryStart(options, out var reason, out var measured);
        return new CheckResult(accelerator?.Name ?? "", accelerator?.Library?.Path ?? "", reason, measured);
    }
}

internal sealed record CheckResult(string Name, string Library, string Reason, IReadOnlyList<CheckedProduct> Products);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckResult))]
internal sealed partial class CheckJson : JsonSerializerContext;
