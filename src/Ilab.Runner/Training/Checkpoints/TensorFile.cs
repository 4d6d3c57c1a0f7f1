using System.Runtime.InteropServices;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Transfers tensors between a backend and GGUF files, which are written atomically.</summary>
internal static class TensorFile
{
    private const int NumbersAtOnce = 1 << 20;

    public static GgufWriter Add(this GgufWriter writer, string name, Tensor tensor) =>
        writer.AddTensor(name, GgmlType.F32, [(ulong)tensor.Columns, (ulong)tensor.Rows], stream => tensor.CopyTo(stream));

    /// <summary>Writes the numbers of a tensor: from where they are, if that is host memory.</summary>
    public static void CopyTo(this Tensor tensor, Stream stream)
    {
        ReadOnlySpan<float> values = tensor.IsInHostMemory ? tensor.AsSpan() : tensor.ToArray();
        for (; values.Length > 0; values = values[Math.Min(values.Length, NumbersAtOnce)..])
        {
            stream.Write(MemoryMarshal.AsBytes(values[..Math.Min(values.Length, NumbersAtOnce)]));
        }
    }

    /// <summary>Temporary file, fsync, rename.</summary>
    public static void WriteAtomically(this GgufWriter writer, string path)
    {
        var temporary = path + ".tmp";
        try
        {
            using var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            writer.Write(file);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // A useless file must not fill the disk.
            File.Delete(temporary);
            throw;
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <exception cref="InvalidDataException">The tensor is missing or has a different shape.</exception>
    public static void Load(GgufFile header, FileStream file, string name, Tensor target)
    {
        var source = header.Tensors.FirstOrDefault(tensor => tensor.Name == name);
        if (source is null || source.Type != GgmlType.F32 || source.Bytes != (ulong)target.Bytes)
        {
            throw new InvalidDataException($"no tensor {name} of {target.Bytes} bytes");
        }

        var values = new float[target.Elements];
        file.Position = header.DataOffset + (long)source.Offset;
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        target.Write<float>(values);
    }
}
