using System.Buffers.Binary;
using System.Text;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf;

/// <summary>Reads importance matrices as llama.cpp writes them: which columns of a matrix matter, by its name.</summary>
public static class ImportanceMatrix
{
    private const string Sums = ".in_sum2",
        Counts = ".counts";
    private const int LongestName = 512,
        MostEntries = 1 << 16,
        MostValues = 1 << 28;

    /// <exception cref="ConversionException">Neither of the two forms.</exception>
    public static Dictionary<string, float[]> Read(string path)
    {
        Span<byte> magic = stackalloc byte[4];
        using (var file = File.OpenRead(path))
        {
            if (file.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4)
            {
                throw Broken();
            }
        }

        return magic.SequenceEqual("GGUF"u8) ? ReadGguf(path) : ReadOld(path);
    }

    private static Dictionary<string, float[]> ReadGguf(string path)
    {
        GgufFile file;
        try
        {
            file = GgufFile.Read(path);
        }
        catch (GgufException exception)
        {
            throw new ConversionException($"the importance matrix: {exception.Message}");
        }

        using var handle = File.OpenHandle(path);
        var tensors = file.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        var result = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors.Where(static entry => entry.Key.EndsWith(Sums, StringComparison.Ordinal)))
        {
            var matrix = name[..^Sums.Length];
            if (!tensors.TryGetValue(matrix + Counts, out var countsOf) || countsOf.Elements == 0 || tensor.Elements % countsOf.Elements != 0)
            {
                throw Broken();
            }

            var (values, counts) = (Values(tensor), Values(countsOf));
            var width = values.Length / counts.Length;
            for (var index = 0; index < values.Length; index++)
            {
                // What was never seen counts like everything else.
                values[index] = counts[index / width] > 0 ? values[index] / counts[index / width] : 1;
            }

            result[matrix] = values;
        }

        return result.Count > 0 ? result : throw Broken();

        float[] Values(GgufTensor tensor)
        {
            var values = new float[tensor.Elements];
            FileRows.Of(handle, file.DataOffset, tensor).Read(0, values);
            return values;
        }
    }

    /// <summary>The older form: count, then name, calls and values of each.</summary>
    private static Dictionary<string, float[]> ReadOld(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var result = new Dictionary<string, float[]>(StringComparer.Ordinal);
        try
        {
            var entries = Count(MostEntries);
            for (var entry = 0; entry < entries; entry++)
            {
                var name = Encoding.UTF8.GetString(reader.ReadBytes(Count(LongestName)));
                var calls = reader.ReadInt32();
                var bytes = reader.ReadBytes(checked(Count(MostValues) * sizeof(float)));
                var values = new float[bytes.Length / sizeof(float)];
                for (var index = 0; index < values.Length; index++)
                {
                    values[index] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(index * sizeof(float))) / Math.Max(calls, 1);
                }

                result[name] = values;
            }
        }
        catch (Exception exception) when (exception is EndOfStreamException or OverflowException)
        {
            throw Broken();
        }

        return result;

        int Count(int most) => reader.ReadInt32() is var count && count > 0 && count <= most && count <= reader.BaseStream.Length ? count : throw Broken();
    }

    private static ConversionException Broken() => new("the file is not an importance matrix", "make one with llama.cpp's llama-imatrix");
}
