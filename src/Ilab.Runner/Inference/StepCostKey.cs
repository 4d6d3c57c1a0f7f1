using Ilab.Native.Llama.Loading;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference.Steps;

namespace Ilab.Runner.Inference;

/// <summary>Names everything that the costs of steps depend on.</summary>
internal static class StepCostKey
{
    /// <returns>Null if the spec names no directory for such files.</returns>
    public static StepCostFile? FileOf(LoadedModel loaded, RunnerSpec spec) =>
        spec.Records is not { Length: > 0 } directory
            ? null
            : new StepCostFile(
                directory,
                string.Join(
                    '\n',
                    spec.Model.Digest.Length > 0 ? spec.Model.Digest : string.Join(';', spec.Model.Files.Select(Describe)),
                    spec.Device,
                    $"{spec.GpuLayers} layers on the GPU",
                    $"{loaded.ContextLength} tokens, {spec.Cells} cells, steps of {spec.Batch}",
                    $"accelerator {loaded.Accelerator.Name} {spec.Accelerator.Mode} {loaded.Accelerator.Memory}",
                    $"llama.cpp {NativeLibraries.Version}",
                    $"build {typeof(StepCostKey).Module.ModuleVersionId}",
                    $"{Environment.ProcessorCount} of {CpuModel.Name()}"
                )
            );

    private static string Describe(string file)
    {
        var info = new FileInfo(file);
        return $"{file} {info.Length} {info.LastWriteTimeUtc.Ticks}";
    }
}
