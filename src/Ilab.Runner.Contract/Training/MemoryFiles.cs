using System.Globalization;
using System.Text;
using Ilab.Posix.Files;

namespace Ilab.Runner.Contract.Training;

/// <summary>
/// How a training asks for memory: the runner writes the bytes that it will take at most into <c>memory.wanted</c> and goes on when <c>memory.granted</c> is
/// there, with the same bytes, or with <c>refused</c> and the reason in the next line. It does not matter whether the service that answers is the one that was
/// asked.
/// </summary>
public sealed class MemoryFiles(string folder)
{
    private const string Refused = "refused";
    private readonly string _wanted = Path.Combine(folder, TrainingFiles.MemoryWanted);
    private readonly string _granted = Path.Combine(folder, TrainingFiles.MemoryGranted);

    public bool IsAsked => File.Exists(_wanted);

    public bool IsAnswered => File.Exists(_granted);

    /// <summary>Forgets question and answer.</summary>
    public void Clear()
    {
        File.Delete(_wanted);
        File.Delete(_granted);
    }

    public void Ask(long bytes) => AtomicFile.Write(_wanted, Encoding.UTF8.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));

    public void Grant(long bytes) => AtomicFile.Write(_granted, Encoding.UTF8.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));

    public void Refuse(string reason) => AtomicFile.Write(_granted, Encoding.UTF8.GetBytes($"{Refused}\n{reason}"));

    /// <summary>Bytes that were asked for; 0 when nothing was.</summary>
    public long Wanted() =>
        File.Exists(_wanted) && long.TryParse(File.ReadAllText(_wanted), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;

    /// <summary>The reason of a refusal; null when the memory was granted.</summary>
    /// <exception cref="IOException">There is no answer yet.</exception>
    public string? Refusal() => File.ReadAllText(_granted).Split('\n', 2) is [Refused, var reason] ? reason : null;
}
