using System.Text.Json;
using Ilab.Posix.Files;

namespace Ilab.Engine.Serving.Runners;

/// <summary>The folder that a runner and the service share. Its files say everything there is to know about the runner.</summary>
public sealed class Bundle(string directory)
{
    public string Directory { get; } = directory;

    /// <summary>The runner's id: the folder's name.</summary>
    public string Id => Path.GetFileName(Directory);

    public string LogPath => Path.Combine(Directory, "runner.log");

    public string ReadyPath => Path.Combine(Directory, "ready.json");

    private string SpecPath => Path.Combine(Directory, "spec");

    private string LockPath => Path.Combine(Directory, "lock");

    private string ExitPath => Path.Combine(Directory, "exit.json");

    /// <summary>True as long as the runner lives; nothing else means alive.</summary>
    public bool IsLockHeld => FileLock.IsHeld(LockPath);

    public RunnerSpec? ReadSpec() => Read<RunnerSpec>(SpecPath);

    public RunnerReady? ReadReady() => Read<RunnerReady>(ReadyPath);

    public RunnerExit? ReadExit() => Read<RunnerExit>(ExitPath);

    public void WriteSpec(RunnerSpec spec) => Write(SpecPath, spec);

    public void WriteExit(RunnerExit exit) => Write(ExitPath, exit);

    /// <summary>The facts adoption decides on. The lock is asked first: a runner that ends in between has written its exit file by then.</summary>
    public BundleFacts Facts()
    {
        var held = IsLockHeld;
        var spec = ReadSpec();
        return new BundleFacts(held, spec?.CreatedAt, File.Exists(ReadyPath), File.Exists(ExitPath), File.Exists(LogPath));
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

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return BundleJson.Parse<T>(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Write<T>(string path, T value) =>
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(value, typeof(T), BundleJson.Default));
}
