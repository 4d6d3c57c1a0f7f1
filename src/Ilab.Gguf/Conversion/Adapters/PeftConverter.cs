using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>A LoRA adapter of PEFT as a GGUF adapter. What changes places in the base's rows does so in the adapter's second factor.</summary>
public static class PeftConverter
{
    internal const string WeightsFile = "adapter_model.safetensors";
    private const string Prefix = "base_model.model.",
        First = ".lora_A.weight",
        Second = ".lora_B.weight";

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
            throw new ConversionException($"{folder.Name} has no {WeightsFile}", "save the adapter as safetensors");
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

        foreach (var (name, rank) in Pairs(shape, shards))
        {
            Add(writer, shards, Prefix + name.Module + First, name.Target.Gguf + ".lora_a", [rank, name.Target.Shape[1]], 0, type);
            Add(writer, shards, Prefix + name.Module + Second, name.Target.Gguf + ".lora_b", [name.Target.Shape[0], rank], name.Target.RopeHeads, type);
        }

        return new GgufConversion(writer, folder.Name, [], folder);
    }

    private static List<((TensorName Target, string Module) Name, long Rank)> Pairs(ModelShape shape, ShardSet shards)
    {
        var targets = TensorNames
            .Of(shape)
            .Where(static name => name.Shape.Length == 2 && name.Gguf.StartsWith("blk.", StringComparison.Ordinal))
            .ToDictionary(static name => name.HuggingFace[..^".weight".Length], StringComparer.Ordinal);
        var (pairs, problems) = (new List<((TensorName, string), long)>(), new List<string>());
        var modules = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in shards.Names.Order(StringComparer.Ordinal))
        {
            var suffix =
                tensor.EndsWith(First, StringComparison.Ordinal) ? First
                : tensor.EndsWith(Second, StringComparison.Ordinal) ? Second
                : "";
            var module = suffix.Length > 0 && tensor.StartsWith(Prefix, StringComparison.Ordinal) ? tensor[Prefix.Length..^suffix.Length] : "";
            if (module.Length == 0 || !targets.TryGetValue(module, out var target))
            {
                problems.Add($"{tensor} is for nothing that an adapter in a GGUF may change here");
            }
            else if (modules.Add(module))
            {
                Check(target, module);
            }
        }

        if (pairs.Count == 0 && problems.Count == 0)
        {
            problems.Add("the adapter has no tensors");
        }

        return problems.Count == 0
            ? pairs
            : throw new ConversionException(ConversionException.Join(problems), "check that the base is the model that the adapter was made for");

        void Check(TensorName target, string module)
        {
            var (first, second) = (shards.Find(Prefix + module + First), shards.Find(Prefix + module + Second));
            if (first is null || second is null)
            {
                problems.Add($"{module} has one factor of two");
            }
            else if (
                first.Shape.Count != 2
                || second.Shape.Count != 2
                || first.Shape[0] != second.Shape[1]
                || first.Shape[1] != target.Shape[1]
                || second.Shape[0] != target.Shape[0]
            )
            {
                problems.Add($"the factors of {module} do not fit a matrix of [{string.Join(", ", target.Shape)}]");
            }
            else
            {
                pairs.Add(((target, module), first.Shape[0]));
            }
        }
    }

    private static void Add(GgufWriter writer, ShardSet shards, string source, string name, long[] shape, int heads, GgmlType? type)
    {
        var rows = shards.Rows(source);
        var ownType = FileTypes.OfTensor(type ?? GgmlType.F32, shape);
        writer.AddTensor(
            name,
            ownType,
            [(ulong)shape[1], (ulong)shape[0]],
            GgufConversion.Tensor(heads == 0 ? rows : new RopeRows(rows, heads, toPairs: true), ownType)
        );
    }
}
