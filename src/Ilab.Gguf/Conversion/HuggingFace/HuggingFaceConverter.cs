using Ilab.Gguf.Conversion.HuggingFace.Packed;
using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A Hugging Face folder (config.json, weights, tokenizer) as a GGUF.</summary>
public static class HuggingFaceConverter
{
    /// <summary>Whether a folder looks like one.</summary>
    public static bool Fits(SourceFolder folder) => folder.Has(HuggingFaceConfig.FileName);

    /// <param name="folder">Belongs to the result from here on.</param>
    /// <param name="type">Type of the matrices; null = that of the source.</param>
    /// <param name="guesses">With no <paramref name="type"/>: the first matrix in half precision decides, and F16 is taken if there is none.</param>
    /// <exception cref="ConversionException">It cannot be converted; all that is wrong with the tensors is told at once.</exception>
    public static GgufConversion Prepare(SourceFolder folder, GgmlType? type, bool guesses = false)
    {
        var model = HuggingFaceConfig.Read(folder);
        var shards = ShardSet.Open(folder);
        var target = type ?? (guesses ? Guess(shards) : null);
        PackedWeights.Unpack(folder, model.Config, shards);
        UsualNames.Give(folder, model, shards);
        target ??= TypeOf(shards, UsualNames.SourceOf(model.Family, "token_embd.weight"));
        var tensors = TensorPlan.Of(folder, model, shards, target.Value);
        var tokenizer = TokenizerFiles.Read(folder, new VocabularyRequest(model.Family.Vocabulary, (int)model.Measures.Of("vocab"), model.Config));
        foreach (var warning in (model.Family.Warnings?.Invoke(model.Config) ?? []).Concat(Positions.TruncationWarning(model.Config)))
        {
            folder.Warn(warning);
        }

        var settings = new GgufSettings();
        settings.Set("general.architecture", model.Family.Architecture);
        GeneralMetadata.Write(folder, tensors, settings);
        ModelMetadata.Write(model, shards, settings);
        settings.Set("general.file_type", model.Family.SaysFileType ? FileTypeOf(target.Value, tensors) : null);
        settings.Set("general.quantization_version", 2u);
        TokenizerMetadata.Write(tokenizer, settings);
        if (tokenizer.ChatTemplate is null && !model.Family.IsEncoder)
        {
            folder.Warn("the model has no chat template: it completes texts, and chats without a form of its own");
        }

        var conversion = new GgufConversion(settings.ToWriter(), folder.Name, folder.Warnings, folder);
        foreach (var computed in model.Family.Computed)
        {
            if (computed.Values(model.Config, model.Measures) is { } values)
            {
                conversion.AddTensor(computed.Name, GgmlType.F32, [values.Length], new ArrayRows(values, values.Length), HuggingFaceConfig.FileName);
            }
        }

        foreach (var tensor in tensors)
        {
            conversion.AddTensor(tensor.Name, tensor.Type, tensor.Shape, tensor.Rows, tensor.Source);
        }

        return model.Config.Problems.Count == 0 ? conversion : throw HuggingFaceConfig.Wrong(model.Config);
    }

    private static GgmlType Guess(ShardSet shards) =>
        shards
            .Tensors.Where(static tensor => tensor.Shape.Count > 1)
            .Select(static tensor =>
                tensor.Type switch
                {
                    SafetensorsType.BF16 => GgmlType.BF16,
                    SafetensorsType.F16 => GgmlType.F16,
                    _ => (GgmlType?)null,
                }
            )
            .FirstOrDefault(static type => type is not null)
        ?? GgmlType.F16;

    private static GgmlType TypeOf(ShardSet shards, string? embedding) =>
        (embedding is null ? null : shards.Find(embedding)?.Type) switch
        {
            SafetensorsType.BF16 => GgmlType.BF16,
            SafetensorsType.F16 => GgmlType.F16,
            _ => GgmlType.F32,
        };

    private static uint FileTypeOf(GgmlType type, List<PlannedTensor> tensors) =>
        type != GgmlType.Q8_0 && tensors.Any(static tensor => tensor.Type == GgmlType.MXFP4) ? FileTypes.Mxfp4File : FileTypes.FileType(type);
}
