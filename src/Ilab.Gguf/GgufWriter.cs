using System.Text;

namespace Ilab.Gguf;

/// <summary>
/// Writes a GGUF (version 3): metadata first, then the tensors' entries, then their data, which is asked for one tensor at a time so that
/// a model larger than memory can be written.
/// </summary>
public sealed class GgufWriter
{
    private const uint Magic = 0x46554747;
    private const uint Alignment = 32;

    private readonly List<(string Key, Action<BinaryWriter> Write)> _metadata = [];
    private readonly List<(string Name, GgmlType Type, ulong[] Shape, Action<Stream> Write)> _tensors = [];

    /// <summary>Bytes of the tensors' data, without what aligns them.</summary>
    public ulong DataBytes => _tensors.Aggregate(0UL, static (sum, tensor) => checked(sum + BytesOf(tensor.Type, tensor.Shape)));

    public GgufWriter Add(string key, string value) => AddValue(key, GgufValueType.String, writer => WriteString(writer, value));

    public GgufWriter Add(string key, uint value) => AddValue(key, GgufValueType.UInt32, writer => writer.Write(value));

    public GgufWriter Add(string key, int value) => AddValue(key, GgufValueType.Int32, writer => writer.Write(value));

    public GgufWriter Add(string key, ulong value) => AddValue(key, GgufValueType.UInt64, writer => writer.Write(value));

    public GgufWriter Add(string key, float value) => AddValue(key, GgufValueType.Float32, writer => writer.Write(value));

    public GgufWriter Add(string key, bool value) => AddValue(key, GgufValueType.Bool, writer => writer.Write(value));

    public GgufWriter Add(string key, IReadOnlyList<string> values) => AddArray(key, GgufValueType.String, values, WriteString);

    public GgufWriter Add(string key, IReadOnlyList<float> values) =>
        AddArray(key, GgufValueType.Float32, values, static (writer, value) => writer.Write(value));

    public GgufWriter Add(string key, IReadOnlyList<int> values) => AddArray(key, GgufValueType.Int32, values, static (writer, value) => writer.Write(value));

    public GgufWriter Add(string key, IReadOnlyList<bool> values) => AddArray(key, GgufValueType.Bool, values, static (writer, value) => writer.Write(value));

    public GgufWriter Add(string key, IReadOnlyList<byte> values) => AddArray(key, GgufValueType.UInt8, values, static (writer, value) => writer.Write(value));

    /// <summary>A value of any of the types above.</summary>
    /// <exception cref="ArgumentException">Of another type.</exception>
    public GgufWriter AddValue(string key, object value) =>
        value switch
        {
            string text => Add(key, text),
            uint number => Add(key, number),
            int number => Add(key, number),
            ulong number => Add(key, number),
            float number => Add(key, number),
            bool flag => Add(key, flag),
            string[] texts => Add(key, texts),
            float[] numbers => Add(key, numbers),
            int[] numbers => Add(key, numbers),
            bool[] flags => Add(key, flags),
            byte[] bytes => Add(key, bytes),
            _ => throw new ArgumentException($"a GGUF has no values of the type {value.GetType().Name}", nameof(value)),
        };

    /// <param name="name">At most 63 bytes.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">ne[0] first.</param>
    /// <param name="write">Writes exactly the tensor's bytes.</param>
    public GgufWriter AddTensor(string name, GgmlType type, ulong[] shape, Action<Stream> write)
    {
        _tensors.Add((name, type, shape, write));
        return this;
    }

    public void Write(Stream stream)
    {
        WriteHeader(stream);
        foreach (var tensor in _tensors)
        {
            var start = stream.Position;
            tensor.Write(stream);
            if ((ulong)(stream.Position - start) != BytesOf(tensor.Type, tensor.Shape))
            {
                throw new InvalidOperationException(
                    $"tensor {tensor.Name}: {stream.Position - start} bytes were written, {BytesOf(tensor.Type, tensor.Shape)} are due"
                );
            }

            Pad(stream);
        }
    }

    /// <summary>All that is before the tensors' data, which begins at the stream's position then; each tensor begins at a multiple of 32 bytes.</summary>
    public void WriteHeader(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, write) in _metadata)
        {
            WriteString(writer, key);
            write(writer);
        }

        ulong offset = 0;
        foreach (var tensor in _tensors)
        {
            WriteString(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Length);
            Array.ForEach(tensor.Shape, writer.Write);
            writer.Write((uint)tensor.Type);
            writer.Write(offset);
            offset = Align(offset + BytesOf(tensor.Type, tensor.Shape));
        }

        writer.Flush();
        Pad(stream);
    }

    public void Write(string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Write(stream);
    }

    private static ulong BytesOf(GgmlType type, ulong[] shape) =>
        GgmlTypes.Bytes(type, shape.Aggregate(1UL, static (product, length) => checked(product * length)));

    private static ulong Align(ulong value) => (value + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[(int)Alignment];
        stream.Write(zeros[..(int)(Align((ulong)stream.Position) - (ulong)stream.Position)]);
    }

    internal static void WriteString(BinaryWriter writer, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    internal GgufWriter AddValue(string key, GgufValueType type, Action<BinaryWriter> write)
    {
        _metadata.Add(
            (
                key,
                writer =>
                {
                    writer.Write((uint)type);
                    write(writer);
                }
            )
        );
        return this;
    }

    private GgufWriter AddArray<T>(string key, GgufValueType type, IReadOnlyList<T> values, Action<BinaryWriter, T> write) =>
        AddValue(
            key,
            GgufValueType.Array,
            writer =>
            {
                writer.Write((uint)type);
                writer.Write((ulong)values.Count);
                foreach (var value in values)
                {
                    write(writer, value);
                }
            }
        );
}
