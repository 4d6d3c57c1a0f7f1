using System.Globalization;

namespace Ilab.Gguf.Description;

/// <summary>A tensor of one model: a rule with its names and lengths filled in.</summary>
/// <param name="Rule">What it comes from.</param>
/// <param name="Target">Name in the GGUF.</param>
/// <param name="Sources">Names in the checkpoint; several are stacked.</param>
/// <param name="Shape">Of each source, slowest axis first.</param>
/// <param name="Layer">-1 = none.</param>
public sealed record TensorEntry(TensorRule Rule, string Target, IReadOnlyList<string> Sources, long[] Shape, int Layer)
{
    /// <summary>Whether several tensors become one, even if there is one of them.</summary>
    public bool IsStacked { get; init; }
}

/// <summary>A model of a family: its config, its lengths and its tensors.</summary>
public sealed class FamilyModel
{
    private const int MostLayers = 4_096,
        MostTensors = 2_000_000;

    public FamilyModel(Family family, ModelConfig config)
    {
        Family = family;
        Config = config;
        Measures = new Measures(config, family.Measures, family.LayerMeasures);
        Layers = (int)Math.Min(Measures.Of("layers"), MostLayers + 1L);
        if (Layers > MostLayers)
        {
            config.Report($"num_hidden_layers makes no sense: {Measures.Find("layers")} layers");
            Layers = 0;
        }
    }

    public Family Family { get; }

    public ModelConfig Config { get; }

    public Measures Measures { get; }

    public int Layers { get; }

    /// <summary>The output matrix is that of the embedding.</summary>
    public bool TiesEmbedding => Config.Flag("tie_word_embeddings") ?? false;

    /// <summary>All tensors that the model has or may have, in the order of the file to be; several with one target are alternatives.</summary>
    public List<TensorEntry> Tensors()
    {
        var entries = new List<TensorEntry>();
        foreach (var rule in Family.Tensors)
        {
            Add(entries, rule, rule.Source, rule.Target, -1);
        }

        for (var layer = 0; layer < Layers; layer++)
        {
            var number = layer.ToString(CultureInfo.InvariantCulture);
            var path = Family.LayerPath.Replace("{l}", number, StringComparison.Ordinal);
            foreach (var rule in Family.LayerTensors)
            {
                Add(entries, rule, path + rule.Source, $"blk.{number}.{rule.Target}", layer);
            }
        }

        return entries;
    }

    /// <summary>Lengths of axes.</summary>
    public long[] ShapeOf(string shape, int layer) => Array.ConvertAll(shape.Split(' '), length => Measures.Of(length, layer));

    private void Add(List<TensorEntry> entries, TensorRule rule, string source, string target, int layer)
    {
        if (rule.Where?.Invoke(Config, layer) == false || entries.Count > MostTensors)
        {
            return;
        }

        var begin = source.IndexOf('{', StringComparison.Ordinal);
        if (begin < 0)
        {
            entries.Add(new TensorEntry(rule, target, [source], ShapeOf(rule.Shape, layer), layer));
            return;
        }

        var end = source.IndexOf('}', begin);
        var count = Measures.Of(source[(begin + 1)..end], layer);
        if (count * Layers > MostTensors)
        {
            Config.Report($"{source[(begin + 1)..end]} makes no sense: {count} in each of {Layers} layers");
            count = 0;
        }

        entries.Add(
            new TensorEntry(
                rule,
                target,
                [
                    .. Enumerable
                        .Range(0, (int)count)
                        .Select(index => string.Create(CultureInfo.InvariantCulture, $"{source[..begin]}{index}{source[(end + 1)..]}")),
                ],
                ShapeOf(rule.Shape, layer),
                layer
            )
            {
                IsStacked = true,
            }
        );
    }
}
