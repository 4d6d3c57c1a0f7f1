using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>A LoRA adapter of PEFT as a GGUF adapter. What changes places in the base's rows does so in the adapter's second factor.</summary>
public static class PeftConverter
{
    internal const string WeightsFile = "adapter_model.safetensors";

    /// <summary>Whether a folder looks like one.</summary>
    public static bool Fits(SourceFolder folder) => folder.Has(PeftConfig.FileName);

    /// <param name="folder">Belongs to the result from here on.</param>
    /// <param name="model">The model that the adapter is for.</param>
    /// <param name="type">Type of the factors; null = F32.</param>
    /// <exception cref="ConversionException">It cannot be converted.</exception>
    public static GgufConversion Prepare(SourceFolder folder, FamilyModel model, GgmlType? type)
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
        var settings = new GgufSettings();
        settings.Set("general.architecture", model.Family.Architecture);
        settings.Set("general.type", "adapter");
        settings.Set("general.name", folder.Name);
        settings.Set("adapter.type", "lora");
        settings.Set("adapter.lora.alpha", (float)config.Alpha);
        if (config.Base.Length > 0)
        {
            settings.Set("general.base_model.count", 1u);
            settings.Set("general.base_model.0.name", config.Base);
        }

        var pairs = PeftPairs.Read(config, model, shards);
        var conversion = new GgufConversion(settings.ToWriter(), folder.Name, folder.Warnings, folder);
        foreach (var pair in pairs)
        {
            var (first, second) = (shards.Find(pair.First)!, shards.Find(pair.Second)!);
            Add(conversion, first.Rows(), pair.Target.Target + ".lora_a", [pair.Rank, pair.Target.Shape[1]], type, first);
            var scaled = pair.Scale == 1 ? second.Rows() : ComputedRows.Of(second.Rows(), value => (float)(value * pair.Scale));
            var turned = pair.Target.Rule.Steps.Aggregate(
                new TensorValue([pair.Target.Shape[0], pair.Rank], scaled, IsHalf: false),
                (value, step) => TensorSteps.Apply(step, value, model, pair.Target.Layer)
            );
            Add(conversion, turned.Rows, pair.Target.Target + ".lora_b", turned.Shape, type, second);
        }

        return conversion;
    }

    private static void Add(GgufConversion conversion, IRowSource rows, string name, long[] shape, GgmlType? type, SourceTensor source) =>
        conversion.AddTensor(name, FileTypes.OfTensor(type ?? GgmlType.F32, shape), shape, rows, $"{source.File}: {source.Name}");
}
