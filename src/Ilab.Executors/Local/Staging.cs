using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Executors.Local;

/// <summary>Makes the inputs of an order available as files for the runner; local files are not copied.</summary>
internal static class Staging
{
    /// <returns>Paths by input name.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> FilesAsync(WorkOrder order, WorkFolder folder, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, string>();
        foreach (var input in order.Inputs)
        {
            files[input.Name] = await FileAsync(input, folder, cancellationToken).ConfigureAwait(false);
        }

        return files;
    }

    /// <summary>The path of a name in a spec; empty for an empty name.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: it is not an input.</exception>
    public static string PathOf(IReadOnlyDictionary<string, string> files, string name) =>
        name.Length == 0 ? ""
        : files.TryGetValue(name, out var path) ? path
        : throw Unknown(name);

    public static EngineException Unknown(string name) =>
        new(ErrorKind.InvalidArgument, $"the order refers to the file {name}, which is not one of its inputs or outputs");

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
