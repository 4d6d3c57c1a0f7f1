using System.Text;
using System.Text.Json;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;

namespace Ilab.Sources;

/// <summary>What must be known to go on with a partial file, beside its bytes.</summary>
/// <param name="Validator">Strong ETag or date of the file that the bytes are of; empty when the server gave none.</param>
/// <param name="Total">Size of that file in bytes; null = not said.</param>
/// <param name="Flushed">Bytes that are on disk for certain.</param>
/// <param name="Boot">The boot of the machine that wrote it: after another boot, only what was flushed can be trusted.</param>
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

    /// <summary>Where the state of a partial write lies: not among the partial writes, which prune counts.</summary>
    public static string PathOf(ContentStore content, string key) =>
        Path.Combine(
            content.Root,
            "content",
            "ingest",
            "resume",
            Digest.Of(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key))).Short + ".json"
        );
}
