using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Executors.Local;

/// <summary>Makes the spec of a task out of an order: names become paths, what is not a file yet is written to one.</summary>
internal static class TaskStaging
{
    /// <exception cref="EngineException">INVALID_ARGUMENT: the order names what it does not have, or is not of a kind that is done here.</exception>
    public static async Task<TaskSpec> SpecAsync(WorkOrder order, WorkFolder folder, EngineOptions options, CancellationToken cancellationToken)
    {
        if (order.Kind is not (RunnerKinds.Quantize or RunnerKinds.Merge or RunnerKinds.Perplexity))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"work of kind {order.Kind} is not done by the executor local");
        }

        var spec = JsonSerializer.Deserialize(order.Parameters, TaskJson.Default.TaskSpec)!;
        var inputs = new Dictionary<string, string>();
        foreach (var input in order.Inputs)
        {
            inputs[input.Name] = await FileAsync(input, folder, cancellationToken).ConfigureAwait(false);
        }

        return spec with
        {
            Files = [.. spec.Files.Select(name => PathOf(inputs, name))],
            Adapter = PathOf(inputs, spec.Adapter),
            ImportanceMatrix = spec.ImportanceMatrix is { } matrix ? PathOf(inputs, matrix) : null,
            Text = PathOf(inputs, spec.Text),
            Output = spec.Output.Length == 0 ? "" : order.Outputs.Contains(spec.Output) ? folder.FileOf(spec.Output) : throw Unknown(spec.Output),
            Threads = options.Threads,
            NativeDirectory = options.NativeDirectory,
            Turns = options.TurnsDirectory,
        };
    }

    private static string PathOf(Dictionary<string, string> inputs, string name) => name.Length == 0 ? "" : inputs.TryGetValue(name, out var path) ? path : throw Unknown(name);

    private static EngineException Unknown(string name) => new(ErrorKind.InvalidArgument, $"the order names the file {name}, which is none of its inputs or outputs");

    private static async Task<string> FileAsync(WorkInput input, WorkFolder folder, CancellationToken cancellationToken)
    {
        if (input.File is { } there)
        {
            return there;
        }

        if (input.From is { } other && folder.Beside(other.Work).OutputOf(other.Output) is { } made)
        {
            return made;
        }

        var path = folder.FileOf(input.Name);
        var source = await input.Open(cancellationToken).ConfigureAwait(false);
        await using var opened = source.ConfigureAwait(false);
        var target = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        await using var written = target.ConfigureAwait(false);
        await source.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
        target.Flush(flushToDisk: true);
        return path;
    }
}
