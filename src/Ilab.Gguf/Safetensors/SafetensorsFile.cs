namespace Ilab.Gguf.Safetensors;

/// <summary>The header of a safetensors file: everything but the tensors' data.</summary>
/// <param name="Tensors">In the order of their data.</param>
/// <param name="Metadata">Free text entries.</param>
/// <param name="DataOffset">Where the data section starts, in bytes.</param>
public sealed record SafetensorsFile(IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata, long DataOffset)
{
    /// <exception cref="SafetensorsException">The file is not one that can be used.</exception>
    public static SafetensorsFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        return Read(stream);
    }

    /// <param name="stream">Positioned at the start; its length is the file's.</param>
    public static SafetensorsFile Read(Stream stream) => SafetensorsReader.Read(stream);
}

/// <summary>One tensor: <paramref name="Shape"/> has the slowest dimension first; <paramref name="Offset"/> counts from the start of the data
/// section.</summary>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long Bytes);

/// <summary>The bytes are not a safetensors file that can be used. The message is one line.</summary>
public sealed class SafetensorsException(string message) : Exception(message);
