using System.Collections;

namespace Ilab.Engine.Serving.Devices;

/// <summary>
/// The environment of a runner: what is needed to find programs and libraries, but nothing intended for the service alone (credentials, the notify socket,
/// inherited sockets).
/// </summary>
public static class RunnerEnvironment
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "LD_LIBRARY_PATH",
        "ILAB_LLAMA_DIR",
    };

    private static readonly string[] Prefixes = ["LC_", "DOTNET_", "GGML_", "LLAMA_", "CUDA_", "NVIDIA_", "OMP_", "VK_", "HIP_", "ROCR_", "DNNL_", "ONEDNN_"];

    /// <summary>The variables of this process that are passed to runners.</summary>
    public static IReadOnlyDictionary<string, string> Current() =>
        Select(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? ""));

    /// <summary>
    /// The variables of a runner on <paramref name="device"/>: GPUs are numbered as in the ledger, and a runner on the CPU sees none, so that it uses no GPU
    /// memory.
    /// </summary>
    public static IReadOnlyDictionary<string, string> For(string device)
    {
        var variables = new Dictionary<string, string>(Current()) { ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID" };
        if (device == DeviceMemory.Cpu)
        {
            variables["CUDA_VISIBLE_DEVICES"] = "-1";
        }

        return variables;
    }

    /// <summary>The variables in <paramref name="all"/> that are passed to runners.</summary>
    public static IReadOnlyDictionary<string, string> Select(IReadOnlyDictionary<string, string> all) =>
        all.Where(v => Names.Contains(v.Key) || Prefixes.Any(p => v.Key.StartsWith(p, StringComparison.Ordinal))).ToDictionary();
}
