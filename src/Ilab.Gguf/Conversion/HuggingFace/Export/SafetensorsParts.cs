using System.Globalization;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>The tensors of a model in files of at most five gigabytes, with an index when there are several.</summary>
internal sealed class SafetensorsParts
{
    private const long PartBytes = 5_000_000_000;
    private readonly List<List<(string Name, long[] Shape, IRowSource Rows, SafetensorsType Type)>> _parts =
    [
        [],
    ];

    public SafetensorsParts(IEnumerable<(string Name, long[] Shape, IRowSource Rows, SafetensorsType Type)> tensors)
    {
        long size = 0;
        foreach (var tensor in tensors)
        {
            var bytes = tensor.Shape.Aggregate((long)SafetensorsTypes.Size(tensor.Type), static (product, length) => product * length);
            if (size > 0 && size + bytes > PartBytes)
            {
                _parts.Add([]);
                size = 0;
            }

            _parts[^1].Add(tensor);
            size += bytes;
            Bytes += bytes;
        }
    }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes { get; }

    public IEnumerable<string> Files => _parts.Count == 1 ? [NameOf(0)] : [.. _parts.Select((_, index) => NameOf(index)), ConfigWriter.IndexFile];

    public void Write(string folder, Action<long> progress, CancellationToken cancellationToken)
    {
        long before = 0;
        var places = new List<(string Tensor, string File)>();
        for (var index = 0; index < _parts.Count; index++)
        {
            var writer = new SafetensorsWriter().AddMetadata("format", "pt");
            foreach (var (tensor, shape, rows, type) in _parts[index])
            {
                writer.Add(tensor, type, shape, stream => WriteRows(rows, type, stream));
                places.Add((tensor, NameOf(index)));
            }

            using var file = new FileStream(Path.Combine(folder, NameOf(index)), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            using var told = new ProgressStream(file, written => progress(before + written), cancellationToken);
            writer.Write(told);
            before += told.Length;
        }

        if (_parts.Count > 1)
        {
            ConfigWriter.WriteIndex(folder, places, before);
        }
    }

    private static void WriteRows(IRowSource rows, SafetensorsType type, Stream stream)
    {
        if (type == SafetensorsType.U8)
        {
            RowWriter.WriteBytes(rows, stream);
        }
        else
        {
            RowWriter.Write(rows, HuggingFaceExporter.GgmlOf(type), stream);
        }
    }

    private string NameOf(int index) =>
        _parts.Count == 1 ? "model.safetensors" : string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:00000}-of-{_parts.Count:00000}.safetensors");
}
