using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>A LoRA adapter of PEFT as a GGUF adapter. What changes places in the base's rows does so in the adapter's second factor.</summary>
public static class PeftConverter
{
    internal const string WeightsFile = "adapter_model.safetensors";

    /// <summary>Whether a folder looks like one.</summary>
    public static bool Fits(SourceFolder folder) => folder.Has(PeftConfig.FileName);

    /// <param name="folder">Belongs to the result from here on.</param>
    /// <param name="shape">Of the model that the adapter is for.</param>
    /// <param name="type">Type of the factors; null = F32.</param>
    /// <exception cref="ConversionException">It cannot be converted.</exception>
    public static GgufConversion Prepare(SourceFolder folder, ModelShape shape, GgmlType? type)
    {
        var config = PeftConfig.Read(folder);
        if (!folder.Has(WeightsFile))
        {
            throw new ConversionException(
                $"{folder.Name} has no {WeightsFile}",
                folder.Names.Contains("adapter_model.bin")
                    ? "weights in PyTorch's own format can run programs and are not read: save the adapter as safetensors"
                    : "save the adapter as safetensors"
            );
        }

        var shards = ShardSet.Open(folder, WeightsFile);
        var writer = new GgufWriter()
            .Add("general.architecture", shape.Family.Architecture)
            .Add("general.type", "adapter")
            .Add("general.name", folder.Name)
            .Add("adapter.type", "lora")
            .Add("adapter.lora.alpha", (float)config.Alpha);
        if (config.Base.Length > 0)
        {
            writer.Add("general.base_model.count", 1u).Add("general.base_model.0.name", config.Base);
        }

        foreach (var pair in PeftPairs.Read(config, shape, shards))
        {
            Add(writer, shards.Rows(pair.First), pair.Target.Gguf + ".lora_a", [pair.Rank, pair.Target.Shape[1]], 0, type);
            var second = pair.Scale == 1 ? shards.Rows(pair.Second) : new ScaledRows(shards.Rows(pair.Second), pair.Scale);
            Add(writer, second, pair.Target.Gguf + ".lora_b", [pair.Target.Shape[0], pair.Rank], pair.Target.RopeHeads, type);
        }

        return new GgufConversion(writer, folder.Name, folder.Warnings, folder);
    }

    private static void Add(GgufWriter writer, IRowSource rows, string name, long[] shape, int heads, GgmlType? type)
    {
        var ownType = FileTypes.OfTensor(type ?? GgmlType.F32, shape);
        writer.AddTensor(
            name,
            ownType,
            [(ulong)shape[1], (ulong)shape[0]],
            GgufConversion.Tensor(heads == 0 ? rows : new RopeRows(rows, heads, toPairs: true), ownType)
        );
    }
}
