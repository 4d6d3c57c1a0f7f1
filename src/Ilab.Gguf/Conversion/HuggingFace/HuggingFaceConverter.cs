using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A Hugging Face folder (config.json, safetensors, tokenizer) as a GGUF.</summary>
public static class HuggingFaceConverter
{
    /// <summary>Whether a folder looks like one.</summary>
    public static bool Fits(SourceFolder folder) => folder.Has(HuggingFaceConfig.FileName);

    /// <param name="folder">Belongs to the result from here on.</param>
    /// <param name="type">Type of the matrices; null = that of the source.</param>
    /// <exception cref="ConversionException">It cannot be converted; all that is wrong with the tensors is told at once.</exception>
    public static GgufConversion Prepare(SourceFolder folder, GgmlType? type)
    {
        var shape = HuggingFaceConfig.Read(folder, out var quantization);
        var shards = ShardSet.Open(folder);
        PackedWeights.Refuse(folder, shards, quantization);
        shape = TensorMatch.Fit(folder, shape, shards);
        var names = TensorMatch.Check(shape, shards);
        var tokenizer = TokenizerFiles.Read(folder, shape);
        var target = type ?? TypeOf(shards.Find(names[0].HuggingFace)!.Type);
        var writer = new GgufWriter()
            .Add("general.architecture", shape.Family.Architecture)
            .Add("general.type", "model")
            .Add("general.name", folder.Name)
            .Add("general.file_type", FileTypes.FileType(target))
            .Add("general.quantization_version", 2u);
        ShapeMetadata.Write(shape, writer);
        GenerationDefaults.Write(folder, writer);
        TokenizerMetadata.Write(tokenizer, writer);
        if (shape.RopeScaling is { Kind: "llama3" } scaling)
        {
            var factors = scaling.Llama3Factors(shape.RopeBase, shape.HeadDimension);
            writer.AddTensor(
                "rope_freqs.weight",
                GgmlType.F32,
                [(ulong)factors.Length],
                GgufConversion.Tensor(new ArrayRows(factors, factors.Length), GgmlType.F32)
            );
        }

        foreach (var name in names)
        {
            var ownType = FileTypes.OfTensor(target, name.Shape);
            writer.AddTensor(
                name.Gguf,
                ownType,
                [.. name.Shape.Reverse().Select(static length => (ulong)length)],
                GgufConversion.Tensor(RowsOf(shards, name), ownType)
            );
        }

        if (tokenizer.ChatTemplate is null)
        {
            folder.Warn("the model has no chat template: it completes texts, and chats without a form of its own");
        }

        return new GgufConversion(writer, folder.Name, folder.Warnings, folder);
    }

    internal static IRowSource RowsOf(ShardSet shards, TensorName name)
    {
        var rows = shards.Rows(name.HuggingFace);
        return name.RopeHeads == 0 ? rows : new RopeRows(name.Shape.Length == 1 ? new ColumnRows(rows) : rows, name.RopeHeads, toPairs: true);
    }

    private static GgmlType TypeOf(SafetensorsType type) =>
        type switch
        {
            SafetensorsType.BF16 => GgmlType.BF16,
            SafetensorsType.F16 => GgmlType.F16,
            _ => GgmlType.F32,
        };
}
