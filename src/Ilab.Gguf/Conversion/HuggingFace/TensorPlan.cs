using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>One tensor of the GGUF to be.</summary>
/// <param name="Shape">Slowest axis first.</param>
/// <param name="Source">First of the tensors that it comes from, with its file.</param>
internal sealed record PlannedTensor(string Name, long[] Shape, GgmlType Type, IRowSource Rows, string Source);

/// <summary>Holds the tensors of a checkpoint against the description of its family, and says what becomes of each.</summary>
internal static class TensorPlan
{
    private const string Head = "output.weight",
        Embedding = "token_embd.weight";

    /// <param name="type">Type of the matrices.</param>
    /// <exception cref="ConversionException">All that is wrong with the tensors, at once.</exception>
    public static List<PlannedTensor> Of(SourceFolder folder, FamilyModel model, ShardSet shards, GgmlType type)
    {
        var ties = TiedHead.Look(folder, model, shards);
        var matches = Match(model, shards, ties);
        return [.. matches.Select(entry => Plan(entry, model, shards, type)).OfType<PlannedTensor>()];
    }

    private static List<TensorEntry> Match(FamilyModel model, ShardSet shards, TiedHead ties)
    {
        var problems = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<TensorEntry>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in model.Tensors().Select(ties.Replace))
        {
            known.UnionWith(entry.Sources);
            var absent = entry.Sources.Where(name => shards.Find(name) is null).ToArray();
            if (entry.Target == Head && ties.LeavesOut)
            {
                continue;
            }

            if (absent.Length > 0)
            {
                var isPart = absent.Length < entry.Sources.Count;
                if (isPart || (!entry.Rule.IsOptional && !(entry.Target == Head && model.TiesEmbedding)))
                {
                    missing.TryAdd(entry.Target, $"{absent[0]} is missing{(isPart && absent.Length > 1 ? $", and {absent.Length - 1} others like it" : "")}");
                }
            }
            else if (done.Add(entry.Target))
            {
                problems.AddRange(entry.Sources.Select(name => MisfitOf(shards.Find(name)!, entry.Shape)).OfType<string>());
                found.Add(entry);
            }

            if (entry.Rule.Scales is { } scales)
            {
                known.Add(Sibling(entry, scales));
            }
        }

        known.UnionWith(model.Family.ScalarsOfLayers.SelectMany(scalar => LayerScalars.Names(model, scalar.Source)));
        problems.AddRange(missing.Where(pair => !done.Contains(pair.Key)).Select(static pair => pair.Value));
        problems.AddRange(model.Config.Problems.Select(static problem => $"{HuggingFaceConfig.FileName}: {problem}"));
        var ignored = new NamePatterns([.. NamePatterns.Computed, .. model.Family.Ignored]);
        problems.AddRange(
            shards
                .Names.Where(name => !known.Contains(name) && !ignored.Contain(name) && !IsExtraLayer(name, model))
                .Order(StringComparer.Ordinal)
                .Select(name => $"{shards.Find(name)!.File}: {name} is not a tensor of this family")
        );
        if (problems.Count > 0)
        {
            var hint = Hint(shards, problems);
            problems.InsertRange(0, HuggingFaceConfig.Assumed(model.Config));
            throw new ConversionException(ConversionException.Join(problems), hint);
        }

        return found;
    }

    private static PlannedTensor? Plan(TensorEntry entry, FamilyModel model, ShardSet shards, GgmlType type)
    {
        var sources = entry.Sources.Select(name => shards.Find(name)!).ToArray();
        var source = $"{sources[0].File}: {sources[0].Name}";
        if (entry.Rule.Scales is { } scales)
        {
            return Mxfp4.Plan(entry, model, sources[0], shards.Find(Sibling(entry, scales)), source);
        }

        try
        {
            var parts = sources.Select(tensor => Flat(entry.Shape, tensor)).ToArray();
            var value = entry.IsStacked ? TensorSteps.Stack(parts) : parts[0];
            value = entry.Rule.Steps.Aggregate(value, (done, step) => TensorSteps.Apply(step, done, model, entry.Layer));
            if (entry.Rule.IsZero)
            {
                return RowComparison.IsZero(value.Rows)
                    ? null
                    : throw new ConversionException($"{source} is not zero, and the graph of this family has no such term", isUnsupported: true);
            }

            return new PlannedTensor(entry.Target, value.Shape, FileTypes.OfTensor(type, entry.Target, value.Shape), value.Rows, source);
        }
        catch (OverflowException)
        {
            throw new ConversionException($"{source} has rows that are too long: [{string.Join(", ", sources[0].Shape)}]");
        }
    }

    // Axes of length one come and go between versions of the programs that save checkpoints.
    private static TensorValue Flat(long[] shape, SourceTensor tensor)
    {
        if (
            tensor.Type
            is not (
                SafetensorsType.F64
                or SafetensorsType.F32
                or SafetensorsType.F16
                or SafetensorsType.BF16
                or SafetensorsType.F8E4M3
                or SafetensorsType.F8E5M2
            )
        )
        {
            throw new ConversionException(
                $"{tensor.File}: tensor {tensor.Name} is of type {SafetensorsTypes.Name(tensor.Type)}: only F64, F32, F16 and BF16 can be converted",
                "get the model in one of these types",
                isUnsupported: true
            );
        }

        var rows = tensor.Rows();
        var width = checked((int)shape[^1]);
        return new TensorValue(shape, rows.Width == width ? rows : new ReshapedRows(rows, width), tensor.IsHalf);
    }

    private static string? MisfitOf(SourceTensor tensor, long[] wanted) =>
        wanted.Where(static length => length != 1).SequenceEqual(tensor.Shape.Where(static length => length != 1))
            ? null
            : $"{tensor.File}: {tensor.Name} has the shape [{string.Join(", ", tensor.Shape)}], the config wants [{string.Join(", ", wanted)}]";

    private static string Sibling(TensorEntry entry, string name) => entry.Sources[0][..^entry.Rule.Source.Length] + name;

    // What predicts the token after the next one comes as one more layer in some checkpoints.
    private static bool IsExtraLayer(string name, FamilyModel model)
    {
        var extra = model.Config.Whole("num_nextn_predict_layers") ?? 0;
        var path = model.Family.LayerPath.Split("{l}")[0];
        return extra > 0
            && name.StartsWith(path, StringComparison.Ordinal)
            && long.TryParse(name[path.Length..].Split('.')[0], out var layer)
            && layer >= model.Layers
            && layer < model.Layers + extra;
    }

    private static string Hint(ShardSet shards, List<string> problems) =>
        shards.Find("tok_embeddings.weight") is not null
            ? "the weights are in the layout of the model's makers, not of Hugging Face: get the folder with model.safetensors"
        : problems is ["lm_head.weight is missing"] ? "if the head is the embedding, set tie_word_embeddings to true in config.json"
        : "check that config.json and the weights are of the same model";
}
