using System.Text.Json;
using Ilab.Engine.Hosting;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Executors.Local;

/// <summary>Creates the spec of a training from an order: replaces names by paths and adds machine-specific settings.</summary>
internal static class TrainingStaging
{
    public static async Task<RunnerSpec> SpecAsync(
        WorkOrder order,
        WorkFolder folder,
        EngineOptions options,
        ILocalDevices devices,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var spec = JsonSerializer.Deserialize(order.Parameters, BundleJson.Default.RunnerSpec)!;
        var inputs = await Staging.FilesAsync(order, folder, cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(folder.Output);
        return spec with
        {
            Kind = RunnerKinds.Train,
            Model = spec.Model with { Files = [.. spec.Model.Files.Select(name => Staging.PathOf(inputs, name))] },
            Threads = Least(options.Threads, spec.Training!.Threads),
            Accelerator = devices.Accelerator,
            NativeDirectory = options.NativeDirectory,
            Turns = options.TurnsDirectory,
            CreatedAt = time.GetUtcNow(),
            BootId = Boot.Id,
            Training = spec.Training! with
            {
                Data = Staging.PathOf(inputs, spec.Training.Data),
                Start = spec.Training.Start is { } start ? Staging.PathOf(inputs, start) : null,
                Output = folder.Output,
                AwaitsMemory = order.Memory is not null,
            },
        };
    }

    /// <summary>What the work asks for, within what the service allows; 0 = no limit.</summary>
    private static int Least(int allowed, int asked) =>
        asked == 0 ? allowed
        : allowed == 0 ? asked
        : Math.Min(allowed, asked);
}
