using System.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ilab.Posix.Files;

namespace Ilab.Runner.Hosting;

/// <summary>The runner's side of its bundle folder.</summary>
internal sealed class Bundle(string directory)
{
    private const int LongestSocketPath = 107;

    public string Directory { get; } = Path.GetFullPath(directory);

    public string LogPath => Path.Combine(Directory, "runner.log");

    /// <summary>Beside the other files; in a short private folder when the path would not fit a socket address.</summary>
    public string SocketPath
    {
        get
        {
            var path = Path.Combine(Directory, "runner.sock");
            if (Encoding.UTF8.GetByteCount(path) <= LongestSocketPath)
            {
                return path;
            }

            var folder = System.IO.Directory.CreateDirectory(
                Path.Combine(Path.GetTempPath(), "ilab-" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Directory)))[..16].ToLowerInvariant()),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return Path.Combine(folder.FullName, "runner.sock");
        }
    }

    public RunnerSpec ReadSpec() => RunnerSpec.Read(Path.Combine(Directory, "spec"));

    public FileLock? TryLock() => FileLock.TryTake(Path.Combine(Directory, "lock"));

    public void WriteReady(ReadyFile ready) => Write("ready.json", ready, HostingJson.Default.ReadyFile);

    public void WriteExit(ExitFile exit) => Write("exit.json", exit, HostingJson.Default.ExitFile);

    private void Write<T>(string name, T value, JsonTypeInfo<T> type) =>
        AtomicFile.Write(Path.Combine(Directory, name), JsonSerializer.SerializeToUtf8Bytes(value, type));
}
