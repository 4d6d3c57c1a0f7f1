using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ilab.Posix.Files;

namespace Ilab.Runner.Contract.Bundles;

/// <summary>The folder that a runner and the service share. Its files say everything there is to know about the runner.</summary>
public sealed class Bundle(string directory)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int LongestSocketPath = 107;

    /// <summary>Absolute path of the folder.</summary>
    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>The runner's id: the folder's name.</summary>
    public string Id => Path.GetFileName(Directory);

    public string LogPath => At(BundleFiles.Log);

    public string ReadyPath => At(BundleFiles.Ready);

    public string ExitPath => At(BundleFiles.Exit);

    public string SpecPath => At(BundleFiles.Spec);

    /// <summary>True as long as the runner lives; nothing else means alive.</summary>
    public bool IsLockHeld => FileLock.IsHeld(At(BundleFiles.Lock));

    /// <summary>Makes the folder, for its owner alone.</summary>
    public void Create() => System.IO.Directory.CreateDirectory(Directory, Private);

    /// <summary>Takes the lock that says that this process is the runner; null when another one is.</summary>
    public FileLock? TryLock() => FileLock.TryTake(At(BundleFiles.Lock));

    /// <summary>
    /// Takes the lock once whoever has it for a moment only has let go: a predecessor that is about to exit, the service that just looks whether it is held, a
    /// process that was about to become another program when its parent forked.
    /// </summary>
    /// <returns>Null if it is still held after two seconds: another process is the runner.</returns>
    public async Task<FileLock?> LockAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tries = 40; tries > 0; tries--)
        {
            if (TryLock() is { } held)
            {
                return held;
            }

            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Where the runner listens: beside the other files, or in a short private folder when the
    /// path would not fit a socket address. Makes that folder.</summary>
    public string MakeSocketPath()
    {
        var path = At(BundleFiles.Socket);
        if (Encoding.UTF8.GetByteCount(path) <= LongestSocketPath)
        {
            return path;
        }

        var name = "ilab-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Directory)))[..16];
        var folder = System.IO.Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), name), Private);
        return Path.Combine(folder.FullName, BundleFiles.Socket);
    }

    /// <summary>Null when there is no readable spec of a model or a training.</summary>
    public RunnerSpec? ReadSpec() => Read(BundleFiles.Spec, BundleJson.Default.RunnerSpec);

    /// <summary>Null until the runner has written it whole.</summary>
    public RunnerReady? ReadReady() => Read(BundleFiles.Ready, BundleJson.Default.RunnerReady);

    /// <summary>Null while the runner lives, and when it ended without a word.</summary>
    public RunnerExit? ReadExit() => Read(BundleFiles.Exit, BundleJson.Default.RunnerExit);

    public void WriteSpec(RunnerSpec spec) => Write(BundleFiles.Spec, spec, BundleJson.Default.RunnerSpec);

    public void WriteReady(RunnerReady ready) => Write(BundleFiles.Ready, ready, BundleJson.Default.RunnerReady);

    public void WriteExit(RunnerExit exit) => Write(BundleFiles.Exit, exit, BundleJson.Default.RunnerExit);

    /// <summary>Reads a file that must be there and be whole.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    /// <exception cref="JsonException">It is not what it should be.</exception>
    public T Require<T>(string name, JsonTypeInfo<T> type)
        where T : class => JsonSerializer.Deserialize(File.ReadAllBytes(At(name)), type) ?? throw new JsonException($"{name} is empty");

    /// <summary>Null when the file is not there, or not (yet) what it should be.</summary>
    public T? Read<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(At(name)), type);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes a file that a reader sees whole or not at all, and that survives a power cut once this returns.</summary>
    public void Write<T>(string name, T value, JsonTypeInfo<T> type) => AtomicFile.Write(At(name), JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>The end of a log in one line: the unhandled exception and where it was thrown, if there was one, else the last lines.</summary>
    /// <param name="tail">Lines of the log, oldest first.</param>
    public static string LastWords(IReadOnlyList<string> tail)
    {
        const int Lines = 5;
        var crash = tail.TakeWhile(static line => !line.StartsWith("Unhandled exception", StringComparison.Ordinal)).Count();
        return string.Join(" | ", crash < tail.Count ? tail.Skip(crash).Take(Lines) : tail.TakeLast(Lines));
    }

    /// <summary>The last lines the runner wrote, oldest first; empty when it wrote none.</summary>
    public IReadOnlyList<string> LogTail(int lines)
    {
        const int Window = 16 * 1024;
        try
        {
            using var file = new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(file.Length, Window), SeekOrigin.End);
            using var reader = new StreamReader(file);
            return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(lines)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private string At(string name) => Path.Combine(Directory, name);
}
