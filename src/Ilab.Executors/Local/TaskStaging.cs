using System.Text.Json;
using Ilab.Engine.Hosting;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Executors.Local;

/// <summary>Creates the spec of a task from an order: replaces names by paths and adds machine-specific settings.</summary>
internal static class TaskStaging
{
    public static async Task<TaskSpec> SpecAsync(WorkOrder order, WorkFolder folder, EngineOptions options, CancellationToken cancellationToken)
    {
        var spec = JsonSerializer.Deserialize(order.Parameters, TaskJson.Default.TaskSpec)!;
        var inputs = await Staging.FilesAsync(order, folder, cancellationToken).ConfigureAwait(false);
        return spec with
        {
            Files = [.. spec.Files.Select(name => Staging.PathOf(inputs, name))],
            Adapter = Staging.PathOf(inputs, spec.Adapter),
            ImportanceMatrix = spec.ImportanceMatrix is { } matrix ? Staging.PathOf(inputs, matrix) : null,
            Text = Staging.PathOf(inputs, spec.Text),
            Output =
                spec.Output.Length == 0 ? ""
                : order.Outputs.Contains(spec.Output) ? folder.FileOf(spec.Output)
                : throw Staging.Unknown(spec.Output),
            OutputFolder = spec.Conversion is { IsExport: true } ? folder.FilesFolder : "",
            Conversion = spec.Conversion is { } conversion ? Conversion(conversion, inputs) : null,
            Threads = options.Threads,
            NativeDirectory = options.NativeDirectory,
            Turns = options.TurnsDirectory,
        };
    }

    private static ConversionSpec Conversion(ConversionSpec spec, IReadOnlyDictionary<string, string> inputs) =>
        spec with
        {
            Sources = spec.Sources.ToDictionary(static file => file.Key, file => Staging.PathOf(inputs, file.Value)),
            Tokenizer = Staging.PathOf(inputs, spec.Tokenizer),
            Base = Staging.PathOf(inputs, spec.Base),
        };
}
