using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A GGUF as a Hugging Face folder: config.json, weights in parts of at most five gigabytes, tokenizer.</summary>
public static class HuggingFaceExporter
{
    private const string RopeFactors = "rope_freqs.weight";

    /// <inheritdoc cref="Prepare(string, string?)"/>
    /// <inheritdoc cref="FolderExport.Write"/>
    public static void Write(string gguf, string folder, string? type, Action<long> progress, CancellationToken cancellationToken)
    {
        using var export = Prepare(gguf, type);
        export.Write(folder, progress, cancellationToken);
    }

    /// <param name="type">F32, F16 or BF16; null = that of the matrices, F16 when they are quantized.</param>
    /// <exception cref="ConversionException">It cannot be converted.</exception>
    public static FolderExport Prepare(string gguf, string? type)
    {
        var handle = File.OpenHandle(gguf);
        try
        {
            return Prepare(gguf, handle, type);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static FolderExport Prepare(string gguf, SafeFileHandle handle, string? type)
    {
        using var stream = new FileStream(gguf, FileMode.Open, FileAccess.Read, FileShare.Read);
        var file = GgufFile.Read(stream);
        var tokenizer = TokenizerMetadata.Read(file, stream);
        var shape = ShapeMetadata.Read(file);
        shape = shape with { RopeScaling = ScalingOf(file, handle, shape) };
        var tensors = Match(file, shape);
        var target = TypeOf(type, file.Tensors.First(static tensor => tensor.Name == "token_embd.weight").Type);
        var parts = new SafetensorsParts(
            tensors.Select(pair => (pair.Name.HuggingFace, pair.Name.Shape, RowsOf(handle, file, pair.Name, pair.Tensor))),
            target
        );
        var settings = TokenizerExporter.Prepare(tokenizer);
        return new FolderExport(
            [.. ConfigWriter.Files, .. settings.Files, .. parts.Files],
            parts.Bytes,
            handle,
            (folder, progress, cancellationToken) =>
            {
                ConfigWriter.Write(folder, shape, tokenizer.Special, target);
                settings.Write(folder);
                parts.Write(folder, progress, cancellationToken);
            }
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

    internal static GgmlType GgmlOf(SafetensorsType type) =>
        type switch
        {
            SafetensorsType.F32 => GgmlType.F32,
            SafetensorsType.BF16 => GgmlType.BF16,
            _ => GgmlType.F16,
        };
}
