using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;

namespace Ilab.Runner.Hosting;

/// <summary><c>ilab-runner devices</c>: reports as JSON the devices supported by the libraries, and why the CUDA library cannot be used.</summary>
internal static class DevicesProgram
{
    private const int Failed = 1;
    private const string CudaLibrary = "libggml-cuda.so",
        CudaName = "CUDA";

    public static async Task<int> MainAsync(string[] args)
    {
        var folder = Arguments.Value(args, "--native") ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory;
        try
        {
            NativeLibraries.Load(folder);
        }
        catch (LlamaException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Failed;
        }

        var devices = GgmlDevice.All();
        var found = new FoundDevices([.. devices.Select(static device => device.Name)], Problem(folder, devices), devices);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(found, DevicesJson.Default.FoundDevices));
        return 0;
    }

    /// <summary>ggml silently skips a library that it cannot load.</summary>
    private static string Problem(string folder, IReadOnlyList<GgmlDevice> devices)
    {
        var file = Path.Combine(folder, CudaLibrary);
        if (!File.Exists(file) || devices.Any(static device => device.Name.StartsWith(CudaName, StringComparison.Ordinal)))
        {
            return "";
        }

        try
        {
            NativeLibrary.Load(file);
            return "CUDA finds no GPU";
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            // The system's message names the missing library, on one of several lines.
            var lines = exception.Message.Split('\n');
            var line = lines.FirstOrDefault(static line => line.Contains("cannot open shared object", StringComparison.Ordinal)) ?? lines[0];
            return $"{CudaLibrary} cannot be loaded: {line.Trim()}";
        }
    }
}

internal sealed record FoundDevices(IReadOnlyList<string> Names, string Problem, IReadOnlyList<GgmlDevice> Devices);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FoundDevices))]
internal sealed partial class DevicesJson : JsonSerializerContext;
