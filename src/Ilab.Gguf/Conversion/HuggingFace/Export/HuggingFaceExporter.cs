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
        var tensors = Match(file, model, type is null);
        var target = TypeOf(type, file.Tensors.First(static tensor => tensor.Name == "token_embd.weight").Type);
        var scalars = ScalarsOf(model, new GgufArrays(file, stream));
        var sampling = GenerationDefaults.Of(file);
        var parts = new SafetensorsParts(
            tensors
                .GroupBy(static pair => pair.Entry.Sources[0], StringComparer.Ordinal)
                .SelectMany(group => Sources(handle, file, model, [.. group]).Select(source => (Source: source, Type: TypeIn(group.First()))))
                .Concat(scalars.Select(scalar => (Source: scalar, Type: (SafetensorsType?)SafetensorsType.F32)))
                .Select(tensor => (SavedName(model.Family, tensor.Source.Name), tensor.Source.Shape, tensor.Source.Rows, Written(tensor.Source, tensor.Type)))
        );
        var isPacked = tensors.Exists(static pair => pair.Entry.Rule.Scales is not null);
        var settings = TokenizerExporter.Prepare(tokenizer);
        return new FolderExport(
            [.. ConfigWriter.Files, .. settings.Files, .. parts.Files],
            parts.Bytes,
            handle,
            (folder, progress, cancellationToken) =>
            {
                ConfigWriter.Write(folder, model, tokenizer.Special, target, isPacked, sampling);
                settings.Write(folder);
                parts.Write(folder, progress, cancellationToken);
            }
        );

        // What is single precision in a GGUF whatever the matrices are stays so where their type cannot hold it.
        SafetensorsType Written((string Name, long[] Shape, IRowSource Rows) tensor, SafetensorsType? own) =>
            own == SafetensorsType.U8 ? SafetensorsType.U8
            : type is null && own == SafetensorsType.F32 && IsCoarser(tensor.Rows, target) ? SafetensorsType.F32
            : target;
    }

    // Null = as the matrices.
    private static SafetensorsType? TypeIn((TensorEntry Entry, GgufTensor Tensor) made) =>
        made.Entry.Rule.Scales is not null ? SafetensorsType.U8
        : made.Tensor.Type == GgmlType.F32 ? SafetensorsType.F32
        : null;

    private static string SavedName(Family family, string name) =>
        family.SavedAs.FirstOrDefault(rule => name.StartsWith(rule.From, StringComparison.Ordinal)) is { From: { } from } saved
            ? saved.To + name[from.Length..]
            : name;

    private static IEnumerable<(string Name, long[] Shape, IRowSource Rows)> Sources(
        SafeFileHandle handle,
        GgufFile file,
        FamilyModel model,
        IReadOnlyList<(TensorEntry Entry, GgufTensor Tensor)> made
    )
    {
        var entry = made[0].Entry;
        if (entry.Rule.Scales is not null)
        {
            return Mxfp4Parts.Of([.. made.Select(pair => (pair.Entry, (IRowSource)FileRows.Of(handle, file.DataOffset, pair.Tensor)))], model);
        }

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

    /// <param name="keepsPacked">Whether packed experts stay so.</param>
    private static List<(TensorEntry Entry, GgufTensor Tensor)> Match(GgufFile file, FamilyModel model, bool keepsPacked)
    {
        var present = file.Tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        var problems = new List<string>();
        var matched = new List<(TensorEntry, GgufTensor)>();
        var targets = new HashSet<string>(StringComparer.Ordinal);
        var entries = model.Tensors();
        // Blocks can be put together again if all parts of a tensor are blocks.
        var packed = entries.Where(static entry => entry.Rule.Scales is not null).Select(static entry => entry.Target).ToHashSet();
        keepsPacked &= packed.Count > 0 && packed.All(name => present.TryGetValue(name, out var tensor) && tensor.Type == GgmlType.MXFP4);
        foreach (var entry in entries)
        {
            if (targets.Contains(entry.Target) || entry.Rule.IsZero || (packed.Contains(entry.Target) && (entry.Rule.Scales is not null) != keepsPacked))
            {
                continue;
            }

            var shape = TensorSteps.ShapeOf(entry, model);
            shape = keepsPacked && entry.Rule.Scales is not null ? [.. shape[..^2], shape[^2] * Mxfp4.Block] : shape;
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

    private static bool IsCoarser(IRowSource rows, SafetensorsType target)
    {
        if (target == SafetensorsType.F32 || rows.Rows * rows.Width > MostChecked)
        {
            return false;
        }

        var values = new float[rows.Rows * rows.Width];
        rows.Read(0, values);
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
