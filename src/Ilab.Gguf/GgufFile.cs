namespace Ilab.Gguf;

/// <summary>The header of a GGUF file: everything but the tensors' data.</summary>
public sealed class GgufFile
{
    internal GgufFile(uint version, IReadOnlyDictionary<string, GgufValue> metadata, IReadOnlyList<GgufTensor> tensors, uint alignment, long dataOffset)
    {
        Version = version;
        Metadata = metadata;
        Tensors = tensors;
        Alignment = alignment;
        DataOffset = dataOffset;
    }

    public uint Version { get; }

    public IReadOnlyDictionary<string, GgufValue> Metadata { get; }

    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>Bytes; tensors start at multiples of it.</summary>
    public uint Alignment { get; }

    /// <summary>Where the data section starts, in bytes.</summary>
    public long DataOffset { get; }

    public string? GetString(string key) => Metadata.GetValueOrDefault(key)?.AsString();

    public ulong? GetUnsigned(string key) => Metadata.GetValueOrDefault(key)?.AsUnsigned();

    /// <summary>Length of an array value, or null.</summary>
    public ulong? GetCount(string key) => (Metadata.GetValueOrDefault(key)?.Value as GgufArray)?.Count;

    /// <exception cref="GgufException">The file is not a GGUF that can be used.</exception>
    public static GgufFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        return Read(stream);
    }

    /// <param name="stream">Positioned at the start; its length is the file's.</param>
    public static GgufFile Read(Stream stream) => new GgufReader(stream).Read();
}
