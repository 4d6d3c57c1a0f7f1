using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion;

/// <summary>A GGUF that is ready to be written: everything was checked, nothing was read but headers.</summary>
public sealed class GgufConversion : IDisposable
{
    private readonly GgufWriter _header;
    private readonly List<ConvertedTensor> _tensors = [];
    private readonly IDisposable? _source;

    /// <param name="header">Has the metadata; the tensors are added here.</param>
    /// <param name="source">Belongs to the result.</param>
    internal GgufConversion(GgufWriter header, string name, IReadOnlyList<string> warnings, IDisposable? source)
    {
        _header = header;
        Name = name;
        Warnings = warnings;
        _source = source;
    }

    /// <summary>What the model could be called.</summary>
    public string Name { get; }

    /// <summary>What is lost or left out, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => (long)_header.DataBytes;

    /// <param name="shape">Slowest axis first.</param>
    /// <param name="source">What is named when its values are no numbers.</param>
    internal GgufConversion AddTensor(string name, GgmlType type, IReadOnlyList<long> shape, IRowSource rows, string source)
    {
        _header.AddTensor(name, type, [.. shape.Reverse().Select(static length => (ulong)length)], static _ => { });
        _tensors.Add(new ConvertedTensor(name, type, rows, source));
        return this;
    }

    /// <summary>Writes the file and tells its digest; tensors are read and converted on all cores.</summary>
    /// <param name="stream">Takes the file; it only has to be written to in order.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    /// <returns>SHA-256 of all that was written.</returns>
    /// <exception cref="ConversionException">A value is no number, or a file became shorter.</exception>
    public byte[] Write(Stream stream, Action<long> progress, CancellationToken cancellationToken)
    {
        using var output = new DigestingOutput(stream, progress, cancellationToken);
        _header.WriteHeader(output);
        TensorPipeline.Write(_tensors, output);
        return output.Finish();
    }

    /// <summary>As <see cref="Write"/>, but goes on where an earlier attempt was interrupted.</summary>
    /// <param name="stream">Has what the earlier attempt wrote; another file's content is written over.</param>
    /// <param name="kept">So many bytes at its beginning are known to be on disk.</param>
    public byte[] Continue(Stream stream, long kept, Action<long> progress, CancellationToken cancellationToken)
    {
        using var header = new MemoryStream();
        _header.WriteHeader(header);
        var start = header.ToArray();
        stream.Position = 0;
        var found = new byte[Math.Min(start.Length, stream.Length)];
        stream.ReadExactly(found);
        if (kept < start.Length || !found.AsSpan().SequenceEqual(start))
        {
            stream.SetLength(0);
            return Write(stream, progress, cancellationToken);
        }

        var pieces = TensorPipeline.Pieces(_tensors).ToList();
        var (position, done) = ((long)start.Length, 0);
        for (; done < pieces.Count && position + TensorPipeline.BytesOf(pieces[done]) <= Math.Min(kept, stream.Length); done++)
        {
            position += TensorPipeline.BytesOf(pieces[done]);
        }

        stream.SetLength(position);
        stream.Position = 0;
        using var output = new DigestingOutput(stream, progress, cancellationToken);
        output.Keep(position);
        TensorPipeline.Write(pieces.Skip(done), output);
        return output.Finish();
    }

    public void Dispose() => _source?.Dispose();
}
