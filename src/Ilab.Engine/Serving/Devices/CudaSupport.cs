using System.Text.Json;
using Ilab.Engine.Hosting;

namespace Ilab.Engine.Serving.Devices;

/// <summary>
/// Compares the requirements of the installed CUDA library with a GPU and its driver. Since native code is loaded only in runners, a runner is asked once
/// whether it can load the library and which devices it sees.
/// </summary>
public sealed class CudaSupport(EngineOptions options) : ICudaSupport
{
    /// <summary>ggml's backend for NVIDIA GPUs, next to the other libraries.</summary>
    public const string LibraryName = "libggml-cuda.so";

    private readonly Lock _gate = new();
    private (DateTime Written, CudaLibrary? Library, string Problem) _read;
    private volatile RunnerDevices? _seen;

    /// <summary>Expected path of the library.</summary>
    public string Path =>
        System.IO.Path.Combine(
            options.NativeDirectory
                ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR")
                ?? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(options.RunnerPath) ?? "/", "native"),
            LibraryName
        );

    public string ProblemOf(CudaCard card)
    {
        if (!File.Exists(Path))
        {
            return $"the CUDA library is not installed ({Path} is missing); install it with packaging/native/install.sh --cuda and packaging/build.sh --cuda";
        }

        var (library, problem) = Library();
        return library is null ? problem
            : Mismatch(library, card) is { Length: > 0 } mismatch ? mismatch
            : Unseen(card);
    }

    /// <summary>Has a runner load the library; does nothing on a machine without a GPU or without the library.</summary>
    public async Task AskRunnerAsync(CancellationToken cancellationToken)
    {
        if (!Nvml.IsAvailable || Nvml.Count == 0 || !File.Exists(Path) || !File.Exists(options.RunnerPath))
        {
            return;
        }

        var answer = await RunnerProbe.AskAsync(options, ["devices"], device: "all", cancellationToken).ConfigureAwait(false);
        try
        {
            _seen = answer.ExitCode == 0 ? JsonSerializer.Deserialize(answer.Output, CudaJson.Default.RunnerDevices) : new RunnerDevices([], answer.LastLine);
        }
        catch (JsonException)
        {
            _seen = new RunnerDevices([], "it returned an invalid list of devices");
        }
    }

    private static string Mismatch(CudaLibrary library, CudaCard card) =>
        library.CudaMajor > 0 && card.Cuda is { } supported && supported.Major < library.CudaMajor
            ? $"driver {card.Driver} supports CUDA {supported}, and {LibraryName} needs CUDA {library.CudaMajor}; install a newer driver"
        : card.Capability is { } capability && !library.RunsOn(capability)
            ? $"{LibraryName} has no code for compute capability {capability} (it has {string.Join(", ", library.Codes)}); "
                + "build it for this GPU (docs/gpu.md)"
        : "";

    private string Unseen(CudaCard card) =>
        _seen is { } seen && !seen.Names.Contains(card.Id, StringComparer.OrdinalIgnoreCase)
            ? $"a runner cannot use it: {(seen.Problem.Length > 0 ? seen.Problem : "CUDA does not list it")}"
            : "";

    private (CudaLibrary? Library, string Problem) Library()
    {
        lock (_gate)
        {
            try
            {
                var written = File.GetLastWriteTimeUtc(Path);
                if (_read.Written != written)
                {
                    _read = (written, CudaLibrary.Read(Path), "");
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                _read = (default, null, $"{Path} cannot be read: {exception.Message}");
            }

            return (_read.Library, _read.Problem);
        }
    }
}

/// <summary>Output of <c>ilab-runner devices</c>.</summary>
/// <param name="Names">Device names of ggml: <c>CUDA0</c>, <c>CPU</c>, ...</param>
/// <param name="Problem">Why the CUDA library cannot be used; empty = usable.</param>
internal sealed record RunnerDevices(IReadOnlyList<string> Names, string Problem);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(RunnerDevices))]
internal sealed partial class CudaJson : System.Text.Json.Serialization.JsonSerializerContext;
