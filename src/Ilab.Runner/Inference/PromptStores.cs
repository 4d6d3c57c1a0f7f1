using System.Security.Cryptography;
using System.Text;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference.PromptCache;

namespace Ilab.Runner.Inference;

/// <summary>
/// Names everything that keys and values in a cache depend on, beside model and adapters: what was computed in another way is not taken for it.
/// </summary>
internal static class PromptStores
{
    /// <returns>Null if none are to be kept.</returns>
    public static PromptStore? Of(LoadedModel loaded, RunnerSpec spec)
    {
        if (spec.Prompts is not { Length: > 0 } folder)
        {
            return null;
        }

        var kind = string.Join(
            '\n',
            $"llama.cpp {NativeLibraries.Version}",
            $"device {(spec.IsOnGpu ? spec.Device : "cpu")} {spec.GpuLayers}",
            $"accelerator {loaded.Accelerator.Name} {spec.Accelerator.Mode}",
            $"attention {loaded.Options.FlashAttention} {loaded.Options.Exact}",
            $"{loaded.Context.Cells} cells" // some models turn positions in another way in a larger context
        );
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(kind)))[..16];
        return new PromptStore(Path.GetDirectoryName(folder)!, Path.Combine(folder, name), spec.PromptBytes, TimeProvider.System);
    }
}
