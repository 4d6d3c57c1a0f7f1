using System.Globalization;
using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A GGUF as a Hugging Face folder: config.json, weights in parts of at most five gigabytes, tokenizer.</summary>
public static class HuggingFaceExporter
{
    private const long PartBytes = 5_000_000_000;
    private const string RopeFactors = "rope_freqs.weight";

    /// <param name="type">F32, F16 or BF16; null = that of the matrices, F16 when they are quantized.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    /// <exception cref="ConversionException">It cannot be converted; nothing was written then.</exception>
    public static void Write(string gguf, string folder, string? type, Action<long> progress, CancellationToken cancellationToken)
    {
        using var handle = File.OpenHandle(gguf);
        using var stream = new FileStream(gguf, FileMode.Open, FileAccess.Read, FileShare.Read);
        var file = GgufFile.Read(stream);
        var tokenizer = TokenizerMetadata.Read(file, stream);
        var shape = ShapeMetadata.Read(file);
        shape = shape with { RopeScaling = ScalingOf(file, handle, shape) };
        var tensors = Match(file, shape);
        var target = TypeOf(type, file.Tensors.First(static tensor => tensor.Name == "token_embd.weight").Type);
        foreach (var (_, tensor) in tensors)
        {
            _ = FileRows.Of(handle, file.DataOffset, tensor); // refuses before anything is written
        }

        var settings = TokenizerExporter.Prepare(tokenizer);
        ConfigWriter.Write(folder, shape, tokenizer.Special, target);
        settings.Write(folder);
        WriteParts(
            folder,
            [.. tensors.Select(pair => (pair.Name.HuggingFace, pair.Name.Shape, RowsOf(handle, file, pair.Name, pair.Tensor)))],
            target,
            progress,
            cancellationToken
        );
    }

    internal static IRowSource RowsOf(SafeFileHandle handle, GgufFile file, TensorName name, GgufTensor tensor)
    {
        var rows = FileRows.Of(handle, file.DataOffset, tensor);
        return name.RopeHeads == 0 ? rows : new RopeRows(name.Shape.Length == 1 ? new ColumnRows(rows) : rows, name.RopeHeads, toPairs: false);
    }

    private static List<(TensorName Name, GgufTensor Tensor)> Match(GgufFile file, ModelShape shape)
    {
        var present = file.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        var problems = new List<string>();
        var matched = new List<(TensorName, GgufTensor)>();
        foreach (var name in TensorNames.Of(shape))
        {
            if (!present.Remove(name.Gguf, out var tensor))
            {
                if (name.IsRequired)
                {
                    problems.Add($"{name.Gguf} is missing");
                }
            }
            else if (!tensor.Shape.Reverse().Select(static length => (long)length).SequenceEqual(name.Shape))
            {
                problems.Add($"{name.Gguf} has the shape [{string.Join(", ", tensor.Shape)}], its metadata want [{string.Join(", ", name.Shape.Reverse())}]");
            }
            else
            {
                matched.Add((name, tensor));
            }
        }

        present.Remove(RopeFactors);
        problems.AddRange(present.Keys.Select(static name => $"{name} is not a tensor of this family"));
        return problems.Count == 0 ? matched : throw new ConversionException(ConversionException.Join(problems));
    }

    /// <summary>llama3's scaling lies in the GGUF as the factors that come of it; the numbers behind them are found again.</summary>
    private static RopeScaling? ScalingOf(GgufFile file, SafeFileHandle handle, ModelShape shape)
    {
        const int SmallestContext = 32,
            LargestContext = 1 << 20;
        const float Near = 1e-4f;
        if (file.Tensors.FirstOrDefault(static tensor => tensor.Name == RopeFactors) is not { } tensor)
        {
            return shape.RopeScaling;
        }

        var factors = new float[tensor.Elements];
        FileRows.Of(handle, file.DataOffset, tensor).Read(0, factors);
        for (var original = SmallestContext; original <= LargestContext; original *= 2)
        {
            var scaling = new RopeScaling("llama3", MathF.Round(factors.Max(), 3), original);
            if (
                factors.Length == shape.HeadDimension / 2
                && scaling
                    .Llama3Factors(shape.RopeBase, shape.HeadDimension)
                    .Zip(factors)
                    .All(static pair => Math.Abs(pair.First - pair.Second) <= Near * pair.Second)
            )
            {
                return scaling;
            }
        }

        throw new ConversionException($"{RopeFactors} holds factors that config.json has no words for", isUnsupported: true);
    }

    private static SafetensorsType TypeOf(string? wanted, GgmlType source) =>
        (wanted?.ToUpperInvariant(), source) switch
        {
            ("F32", _) or (null, GgmlType.F32) => SafetensorsType.F32,
            ("BF16", _) or (null, GgmlType.BF16) => SafetensorsType.BF16,
            ("F16", _) or (null, _) => SafetensorsType.F16,
            _ => throw new ConversionException($"safetensors have no {wanted}", "F32, F16 and BF16 are possible", isUnsupported: true),
        };

    private static void WriteParts(
        string folder,
        List<(string Name, long[] Shape, IRowSource Rows)> tensors,
        SafetensorsType type,
        Action<long> progress,
        CancellationToken cancellationToken
    )
    {
        var parts = new List<List<(string Name, long[] Shape, IRowSource Rows)>> { new() };
        long size = 0;
        foreach (var tensor in tensors)
        {
            var bytes = tensor.Shape.Aggregate((long)SafetensorsTypes.Size(type), static (product, length) => product * length);
            if (size > 0 && size + bytes > PartBytes)
            {
                parts.Add([]);
                size = 0;
            }

            parts[^1].Add(tensor);
            size += bytes;
        }

        long before = 0;
        var places = new List<(string Tensor, string File)>();
        for (var index = 0; index < parts.Count; index++)
        {
            var name =
                parts.Count == 1
                    ? "model.safetensors"
                    : string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:00000}-of-{parts.Count:00000}.safetensors");
            var writer = new SafetensorsWriter().AddMetadata("format", "pt");
            foreach (var (tensor, shape, rows) in parts[index])
            {
                writer.Add(tensor, type, shape, stream => RowWriter.Write(rows, GgmlOf(type), stream));
                places.Add((tensor, name));
            }

            using var file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            using var told = new ProgressStream(file, written => progress(before + written), cancellationToken);
            writer.Write(told);
            before += told.Length;
        }

        if (parts.Count > 1)
        {
            ConfigWriter.WriteIndex(folder, places, before);
        }
    }

    internal static GgmlType GgmlOf(SafetensorsType type) =>
        type switch
        {
            SafetensorsType.F32 => GgmlType.F32,
            SafetensorsType.BF16 => GgmlType.BF16,
            _ => GgmlType.F16,
        };
}
