namespace Ilab.Gguf.Conversion;

/// <summary>A folder of safetensors that is ready to be written: everything was checked, nothing was written.</summary>
public sealed class FolderExport : IDisposable
{
    private readonly Action<string, Action<long>, CancellationToken> _write;
    private readonly IDisposable _source;

    /// <param name="source">Belongs to the result.</param>
    internal FolderExport(IReadOnlyList<string> files, long bytes, IDisposable source, Action<string, Action<long>, CancellationToken> write) =>
        (Files, Bytes, _source, _write) = (files, bytes, source, write);

    /// <summary>Names of the files that the folder will have.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes { get; }

    /// <param name="folder">Is there; files of the same names are replaced.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    public void Write(string folder, Action<long> progress, CancellationToken cancellationToken) => _write(folder, progress, cancellationToken);

    public void Dispose() => _source.Dispose();
}
