using System.Collections;

namespace Ilab.Engine.Serving.Devices;

/// <summary>The environment of a runner: what finding programs and libraries needs, and nothing that is meant for the service alone
/// (credentials of sources, the notify socket, passed-on sockets).</summary>
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

    /// <summary>The variables of this process that a runner gets.</summary>
    public static IReadOnlyDictionary<string, string> Current() =>
        Select(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? ""));

    /// <summary>The variables of a runner that computes on <paramref name="device"/>: GPUs are numbered as the ledger numbers them, and a runner on the CPU
    /// sees none, so that it takes nothing of their memory.</summary>
    public static IReadOnlyDictionary<string, string> For(string device)
    {
        var variables = new Dictionary<string, string>(Current()) { ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID" };
        if (device == DeviceMemory.Cpu)
        {
            variables["CUDA_VISIBLE_DEVICES"] = "-1";
        }

        return variables;
    }

    /// <summary>Those of <paramref name="all"/> that a runner gets.</summary>
    public static IReadOnlyDictionary<string, string> Select(IReadOnlyDictionary<string, string> all) =>
        all.Where(v => Names.Contains(v.Key) || Prefixes.Any(p => v.Key.StartsWith(p, StringComparison.Ordinal))).ToDictionary();
}
