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
            var entry = pair.Target.Entry;
            var (first, second) = (shards.Find(pair.Parts[0].First)!, shards.Find(pair.Parts[0].Second)!);
            Add(conversion, FirstOf(pair, shards), entry.Target + ".lora_a", [pair.Rank, pair.Target.Columns], type, first);
            // Rows change places as those of the matrix do; a matrix that checkpoints keep transposed has its factors as others have them.
            var turned = entry
                .Rule.Steps.Where(static step => step is not Transpose)
                .Aggregate(
                    new TensorValue([pair.Target.Rows, pair.Rank], SecondOf(pair, shards, config.Alpha), IsHalf: false),
                    (value, step) => TensorSteps.Apply(step, value, model, entry.Layer)
                );
            Add(conversion, turned.Rows, entry.Target + ".lora_b", turned.Shape, type, second);
        }

        return conversion;
    }

    private static IRowSource FirstOf(PeftPair pair, ShardSet shards)
    {
        if (pair.Parts is [var only])
        {
            return shards.Find(only.First)!.Rows();
        }

        var (placed, row) = (new List<(IRowSource, long, int)>(), 0L);
        foreach (var part in pair.Parts)
        {
            placed.Add((shards.Find(part.First)!.Rows(), row, 0));
            row += part.Rank;
        }

        return new PlacedRows(pair.Rank, (int)pair.Target.Columns, placed);
    }

    // The engine divides by the rank of the whole (unless alpha is 0): a part of it has to be as much larger.
    private static IRowSource SecondOf(PeftPair pair, ShardSet shards, double alpha)
    {
        var (placed, column) = (new List<(IRowSource, long, int)>(), 0);
        foreach (var part in pair.Parts)
        {
            var factor = alpha == 0 ? part.Scale : part.Scale * pair.Rank / part.Rank;
            var rows = shards.Find(part.Second)!.Rows();
            var some = part.From == 0 && part.Rows == rows.Rows ? rows : new MappedRows(rows, part.Rows, row => part.From + row);
            placed.Add((factor == 1 ? some : ComputedRows.Of(some, value => (float)(value * factor)), part.To, column));
            column += (int)part.Rank;
        }

        return placed is [(var single, 0, 0)] && single.Rows == pair.Target.Rows ? single : new PlacedRows(pair.Target.Rows, (int)pair.Rank, placed);
    }

    private static void Add(GgufConversion conversion, IRowSource rows, string name, long[] shape, GgmlType? type, SourceTensor source) =>
        conversion.AddTensor(name, FileTypes.OfTensor(type ?? GgmlType.F32, shape), shape, rows, $"{source.File}: {source.Name}");
}
