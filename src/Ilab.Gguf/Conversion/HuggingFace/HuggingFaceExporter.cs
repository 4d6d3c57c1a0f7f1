using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A GGUF as a Hugging Face folder: config.json, weights in parts of at most five gigabytes, tokenizer.</summary>
public static class HuggingFaceExporter
{
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
        var model = RopeScalingFinder.Read(file, handle);
        var tensors = Match(file, model);
        var target = TypeOf(type, file.Tensors.First(static tensor => tensor.Name == "token_embd.weight").Type);
        var parts = new SafetensorsParts(
            tensors.Select(pair => (pair.Entry.Sources[0], pair.Entry.Shape, RowsOf(handle, file, model, pair.Entry, pair.Tensor))),
            target
        );
        var settings = TokenizerExporter.Prepare(tokenizer);
        return new FolderExport(
            [.. ConfigWriter.Files, .. settings.Files, .. parts.Files],
            parts.Bytes,
            handle,
            (folder, progress, cancellationToken) =>
            {
                ConfigWriter.Write(folder, model.Config, tokenizer.Special, target);
                settings.Write(folder);
                parts.Write(folder, progress, cancellationToken);
            }
        );
    }

    private static IRowSource RowsOf(SafeFileHandle handle, GgufFile file, FamilyModel model, TensorEntry entry, GgufTensor tensor) =>
        TensorSteps.Undo(entry, new TensorValue(entry.Shape, FileRows.Of(handle, file.DataOffset, tensor), IsHalf: false), model);

    private static List<(TensorEntry Entry, GgufTensor Tensor)> Match(GgufFile file, FamilyModel model)
    {
        var present = file.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        var problems = new List<string>();
        var matched = new List<(TensorEntry, GgufTensor)>();
        foreach (var entry in model.Tensors())
        {
            if (!present.Remove(entry.Target, out var tensor))
            {
                if (!entry.Rule.IsOptional && !(entry.Target == "output.weight" && model.TiesEmbedding))
                {
                    problems.Add($"{entry.Target} is missing");
                }
            }
            else if (!tensor.Shape.Reverse().Select(static length => (long)length).SequenceEqual(entry.Shape))
            {
                problems.Add(
                    $"{entry.Target} has the shape [{string.Join(", ", tensor.Shape)}], its metadata want [{string.Join(", ", entry.Shape.Reverse())}]"
                );
            }
            else
            {
                matched.Add((entry, tensor));
            }
        }

        present.Remove(RopeScalingFinder.Factors);
        problems.AddRange(present.Keys.Select(static name => $"{name} is not a tensor of this family"));
        return problems.Count == 0 ? matched : throw new ConversionException(ConversionException.Join(problems));
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
