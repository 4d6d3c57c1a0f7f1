using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>
/// Input files of a task process, in the job's directory: the process opens files by path, and must not be able to open more than the caller.
/// </summary>
internal sealed class TaskInputs(string folder, ICallerFiles files, uint uid)
{
    private const long Largest = 1L << 30;

    /// <summary>Copies a caller's file once.</summary>
    public string Copy(string path, string name)
    {
        var target = Path.Combine(folder, name);
        if (File.Exists(target))
        {
            return target;
        }

        using var source = files.Open(path, uid);
        if (RandomAccess.GetLength(source) > Largest)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is too large: {RandomAccess.GetLength(source) >> 20} MiB");
        }

        var temporary = target + ".tmp";
        using (var stream = new FileStream(source, FileAccess.Read))
        using (var copy = File.Create(temporary))
        {
            stream.CopyTo(copy);
        }

        File.Move(temporary, target, overwrite: true);
        return target;
    }

    /// <summary>Weights as workload inputs, keeping file names that identify parts of a split model.</summary>
    public static IReadOnlyList<WorkInput> Weights(IReadOnlyList<string> files) =>
        [.. files.Select(static (file, index) => WorkInput.Of(string.Create(CultureInfo.InvariantCulture, $"weights-{index + 1}"), file))];

    /// <summary>Links the parts of a model under names by which llama.cpp finds them; blobs have none.</summary>
    public IReadOnlyList<string> Parts(IReadOnlyList<string> weights)
    {
        if (weights.Count == 1)
        {
            return weights;
        }

        var links = Directory.CreateDirectory(Path.Combine(folder, "parts")).FullName;
        var names = Enumerable
            .Range(1, weights.Count)
            .Select(part => Path.Combine(links, string.Create(CultureInfo.InvariantCulture, $"model-{part:00000}-of-{weights.Count:00000}.gguf")))
            .ToArray();
        foreach (var (name, blob) in names.Zip(weights))
        {
            File.Delete(name);
            File.CreateSymbolicLink(name, blob);
        }

        return names;
    }
}
