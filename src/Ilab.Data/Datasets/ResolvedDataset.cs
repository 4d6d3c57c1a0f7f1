using System.Text;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Datasets;

/// <summary>A dataset ready to be read. Its files are leased until this is disposed.</summary>
public sealed class ResolvedDataset(
    DatasetRecord record,
    DatasetConfig config,
    IReadOnlyList<DatasetFile> files,
    byte[] manifest,
    IDisposable lease,
    ContentStore content
) : IDisposable
{
    public DatasetRecord Record => record;

    public DatasetConfig Config => config;

    /// <summary>The main file comes first.</summary>
    public IReadOnlyList<DatasetFile> Files => files;

    /// <summary>The manifest, verbatim.</summary>
    public ReadOnlyMemory<byte> Manifest => manifest;

    /// <param name="title">Null = the main file.</param>
    /// <exception cref="EngineException">NOT_FOUND.</exception>
    public DatasetFile File(string? title) =>
        title is null
            ? files[0]
            : files.FirstOrDefault(file => file.Title == title)
                ?? throw new EngineException(
                    ErrorKind.NotFound,
                    $"{record.Name} has no file {title}",
                    $"it has {string.Join(", ", files.Select(static file => file.Title))}"
                );

    /// <exception cref="EngineException">NOT_FOUND.</exception>
    public string PathOf(string? title) => content.BlobPath(File(title).Digest);

    /// <summary>The lines of a file, by default the records, without terminator.</summary>
    public IEnumerable<string> Lines(string? title = null) => System.IO.File.ReadLines(PathOf(title), Encoding.UTF8);

    public void Dispose() => lease.Dispose();
}
