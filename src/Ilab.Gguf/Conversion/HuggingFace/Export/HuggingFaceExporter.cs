using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>A GGUF as a Hugging Face folder: config.json, weights in parts of at most five gigabytes, tokenizer.</summary>
public static class HuggingFaceExporter
{
    private const long MostChecked = 1 << 22;

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
        var model = RopeScalingFinder.Read(file, handle, () => new FileStream(gguf, FileMode.Open, FileAccess.Read, FileShare.Read));
        var tensors = Match(file, model);
        var target = TypeOf(type, file.Tensors.First(static tensor => tensor.Name == "token_embd.weight").Type);
        var scalars = ScalarsOf(model, new GgufArrays(file, stream));
        var parts = new SafetensorsParts(
            tensors
                .GroupBy(static pair => pair.Entry.Sources[0], StringComparer.Ordinal)
                .SelectMany(group => Sources(handle, file, model, [.. group]))
                .Concat(scalars)
                .Select(tensor => (tensor.Name, tensor.Shape, tensor.Rows, type is null && IsCoarser(tensor, target) ? SafetensorsType.F32 : target))
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

    private static IEnumerable<(string Name, long[] Shape, IRowSource Rows)> Sources(
        SafeFileHandle handle,
        GgufFile file,
        FamilyModel model,
        IReadOnlyList<(TensorEntry Entry, GgufTensor Tensor)> made
    )
    {
        var entry = made[0].Entry;
        var parts = made.Select(pair => new MadeTensor(
            pair.Entry,
            new TensorValue(TensorSteps.ShapeOf(pair.Entry, model), FileRows.Of(handle, file.DataOffset, pair.Tensor), IsHalf: false)
        ));
        return TensorUndo.Undo([.. parts], model).Select((rows, index) => (entry.Sources[index], entry.Shape, rows));
    }

    private static List<(string Name, long[] Shape, IRowSource Rows)> ScalarsOf(FamilyModel model, GgufArrays arrays)
    {
        var scalars = new List<(string, long[], IRowSource)>();
        foreach (var (key, source, hasAxis) in model.Family.ScalarsOfLayers)
        {
            var values = arrays.Floats(key.TrimStart('/'));
            if (values?.Length != model.Layers)
            {
                throw new ConversionException($"the GGUF lacks {key.TrimStart('/')} for each of {model.Layers} layers");
            }

            long[] shape = hasAxis ? [1] : [];
            scalars.AddRange(LayerScalars.Names(model, source).Select((name, layer) => (name, shape, (IRowSource)new ArrayRows([values[layer]], 1))));
        }

        return scalars;
    }

    private static List<(TensorEntry Entry, GgufTensor Tensor)> Match(GgufFile file, FamilyModel model)
    {
        var present = file.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        var problems = new List<string>();
        var matched = new List<(TensorEntry, GgufTensor)>();
        var targets = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in model.Tensors())
        {
            if (targets.Contains(entry.Target) || entry.Rule.IsZero)
            {
                continue;
            }

            var shape = TensorSteps.ShapeOf(entry, model);
            if (!present.Remove(entry.Target, out var tensor))
            {
                if (!entry.Rule.IsOptional && !(entry.Target == "output.weight" && model.TiesEmbedding))
                {
                    problems.Add($"{entry.Target} is missing");
                }
            }
            else if (!tensor.Shape.Reverse().Select(static length => (long)length).SequenceEqual(shape))
            {
                problems.Add($"{entry.Target} has the shape [{string.Join(", ", tensor.Shape)}], its metadata want [{string.Join(", ", shape.Reverse())}]");
            }
            else
            {
                targets.Add(entry.Target);
                matched.Add((entry, tensor));
            }
        }

        foreach (var computed in model.Family.Computed)
        {
            present.Remove(computed.Name);
        }

        present.Remove(RopeScalingFinder.Factors);
        problems.AddRange(present.Keys.Select(static name => $"{name} is not a tensor of this family"));
        return problems.Count == 0 ? matched : throw new ConversionException(ConversionException.Join(problems));
    }

    // Norms and biases are F32 in a GGUF, whatever the matrices are: where the type of those cannot hold a number of them, they stay so.
    private static bool IsCoarser((string Name, long[] Shape, IRowSource Rows) tensor, SafetensorsType target)
    {
        if (target == SafetensorsType.F32 || tensor.Shape.Length > 1 || tensor.Rows.Rows * tensor.Rows.Width > MostChecked)
        {
            return false;
        }

        var values = new float[tensor.Rows.Rows * tensor.Rows.Width];
        tensor.Rows.Read(0, values);
        return Array.Exists(
            values,
            target == SafetensorsType.F16
                ? static value => (float)(Half)value != value
                : static value => (BitConverter.SingleToUInt32Bits(value) & ushort.MaxValue) != 0
        );
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
