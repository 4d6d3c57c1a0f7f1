using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>
/// Input files of a task process, in the job's directory: the process opens files by path, and must not be able to open more than the caller.
/// </summary>
internal sealed class TaskInputs(string folder, ICallerFiles files, uint uid)
{
    private const long Largest = 1L << 30;
    private const int BufferSize = 4 << 20;

    private string TakenFolder => Path.Combine(folder, "source");

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
            throw new EngineException(ErrorKind.InvalidArgument, $"{path} is too large: {ByteText.Of(RandomAccess.GetLength(source))}");
        }

        var temporary = target + ".tmp";
        using (var stream = new FileStream(source, FileAccess.Read))
        using (var copy = File.Create(temporary))
        {
            stream.CopyTo(copy);
            copy.Flush(flushToDisk: true);
        }

        File.Move(temporary, target, overwrite: true);
        return target;
    }

    /// <summary>
    /// A caller's file that is open. If the caller is this service's own user, its path will do: what lies there later is the caller's own choice.
    /// Otherwise the very file that was opened gets a name in the job's folder, by a link or shared extents where that is possible, else as a copy.
    /// </summary>
    /// <exception cref="IOException">It had to be copied, and the disk is full.</exception>
    public WorkInput Take(SafeFileHandle file, string path, string name)
    {
        if (uid == CurrentProcess.EffectiveUser)
        {
            return WorkInput.Of(name, path);
        }

        var target = Path.Combine(Directory.CreateDirectory(TakenFolder).FullName, name);
        File.Delete(target);
        if (!FileSystem.TryShare(file, target))
        {
            Copy(file, target);
        }

        FileSystem.SyncDirectory(TakenFolder);
        return WorkInput.Of(name, target);
    }

    /// <summary>Removes the names and copies of callers' files.</summary>
    public void RemoveTaken()
    {
        if (Directory.Exists(TakenFolder))
        {
            Directory.Delete(TakenFolder, recursive: true);
        }
    }

    /// <summary>Weights as inputs of work, under the names of their files when these say which part they are.</summary>
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

    private static void Copy(SafeFileHandle source, string path)
    {
        using var target = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[BufferSize];
        var at = 0L;
        for (int read; (read = RandomAccess.Read(source, buffer, at)) > 0; at += read)
        {
            RandomAccess.Write(target, buffer.AsSpan(0, read), at);
        }

        RandomAccess.FlushToDisk(target);
    }
}
