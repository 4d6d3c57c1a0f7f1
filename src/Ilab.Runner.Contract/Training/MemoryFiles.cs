using System.Globalization;
using System.Text;
using Ilab.Posix.Files;

namespace Ilab.Runner.Contract.Training;

/// <summary>
/// Protocol by which a training requests memory: the runner writes its peak memory in bytes to <c>memory.wanted</c> and continues when <c>memory.granted</c>
/// exists, containing the same number, or <c>refused</c> and the reason in the next line. A restarted service can answer a request to its predecessor.
/// </summary>
public sealed class MemoryFiles(string folder)
{
    private const string Refused = "refused";
    private readonly string _wanted = Path.Combine(folder, TrainingFiles.MemoryWanted);
    private readonly string _granted = Path.Combine(folder, TrainingFiles.MemoryGranted);

    public bool IsAsked => File.Exists(_wanted);

    public bool IsAnswered => File.Exists(_granted);

    /// <summary>Removes request and answer.</summary>
    public void Clear()
    {
        File.Delete(_wanted);
        File.Delete(_granted);
    }

    public void Ask(long bytes) => AtomicFile.Write(_wanted, Encoding.UTF8.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));

    public void Grant(long bytes) => AtomicFile.Write(_granted, Encoding.UTF8.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));

    public void Refuse(string reason) => AtomicFile.Write(_granted, Encoding.UTF8.GetBytes($"{Refused}\n{reason}"));

    /// <summary>Requested bytes; 0 if there is no request.</summary>
    public long Wanted() =>
        File.Exists(_wanted) && long.TryParse(File.ReadAllText(_wanted), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;

    /// <summary>The reason of a refusal; null if the memory was granted.</summary>
    /// <exception cref="IOException">There is no answer yet.</exception>
    public string? Refusal() => File.ReadAllText(_granted).Split('\n', 2) is [Refused, var reason] ? reason : null;
}
