using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion;

/// <summary>A GGUF that is ready to be written: everything was checked, nothing was read but headers.</summary>
public sealed class GgufConversion : IDisposable
{
    private readonly IDisposable? _source;

    internal GgufConversion(GgufWriter writer, string name, IReadOnlyList<string> warnings, IDisposable? source)
    {
        Writer = writer;
        Name = name;
        Warnings = warnings;
        _source = source;
    }

    /// <summary>What the model could be called.</summary>
    public string Name { get; }

    /// <summary>What is lost or left out, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => (long)Writer.DataBytes;

    internal GgufWriter Writer { get; }

    /// <param name="stream">Takes the file; it only has to be written to in order.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    public void Write(Stream stream, Action<long> progress, CancellationToken cancellationToken)
    {
        using var told = new ProgressStream(stream, progress, cancellationToken);
        Writer.Write(told);
    }

    public void Dispose() => _source?.Dispose();

    internal static Action<Stream> Tensor(IRowSource rows, GgmlType type) => stream => RowWriter.Write(rows, type, stream);
}
