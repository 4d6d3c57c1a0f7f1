using System.Text;
using System.Text.Json;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;

namespace Ilab.Sources;

/// <summary>The metadata needed to resume a partial file.</summary>
/// <param name="Validator">Strong ETag or date of the file's version; empty if the server sent none.</param>
/// <param name="Total">Size of the file in bytes; null = unknown.</param>
/// <param name="Flushed">Bytes that are known to be durable.</param>
/// <param name="Boot">The boot id when it was written: after a reboot, only flushed data can be trusted.</param>
internal sealed record ResumeState(string Validator, long? Total, long Flushed, string Boot)
{
    public static ResumeState? Load(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), SourcesJson.Default.ResumeState) : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            return null;
        }
    }

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, SourcesJson.Default.ResumeState));
    }

    /// <summary>Path of the state of a partial write: not among the partial writes, which prune counts.</summary>
    public static string PathOf(ContentStore content, string key) =>
        Path.Combine(
            content.Root,
            "content",
            "ingest",
            "resume",
            Digest.Of(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key))).Short + ".json"
        );
}
