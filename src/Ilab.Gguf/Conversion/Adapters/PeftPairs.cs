using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>The two factors of one matrix.</summary>
/// <param name="Target">The matrix of the base.</param>
/// <param name="First">Name of the factor that is applied first, of the shape [rank, columns].</param>
/// <param name="Second">Name of the other one, of the shape [rows, rank].</param>
/// <param name="Scale">What the second is multiplied by.</param>
internal sealed record PeftPair(TensorEntry Target, string First, string Second, long Rank, double Scale);

/// <summary>Puts the tensors of an adapter into pairs and holds them against the base.</summary>
internal static class PeftPairs
{
    /// <summary>Matrices of the layers whose rows are kept, or change places: an adapter's second factor has the same rows.</summary>
    public static IEnumerable<TensorEntry> Targets(FamilyModel model) =>
        model
            .Tensors()
            .Where(static entry =>
                entry.Layer >= 0
                && entry is { IsStacked: false, Shape.Length: 2 }
                && entry.Sources[0].EndsWith(".weight", StringComparison.Ordinal)
                && entry.Rule.Steps.All(static step => step is Swap { Axis: 0 })
            );

    /// <exception cref="ConversionException">All that does not fit, at once.</exception>
    public static List<PeftPair> Read(PeftConfig config, FamilyModel model, ShardSet shards)
    {
        var targets = Targets(model).ToDictionary(static entry => entry.Sources[0][..^".weight".Length], StringComparer.Ordinal);
        var (pairs, problems) = (new List<PeftPair>(), new List<string>());
        var factors = new Dictionary<string, (string? First, string? Second)>(StringComparer.Ordinal);
        var adapters = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tensor in shards.Names.Order(StringComparer.Ordinal))
        {
            if (PeftNames.Read(tensor) is not { } name)
            {
                problems.Add(PeftNames.Describe(tensor));
            }
            else if (!targets.ContainsKey(name.Module))
            {
                problems.Add($"{tensor} is for nothing that an adapter in a GGUF may change here");
            }
            else
            {
                adapters.Add(name.Adapter);
                var known = factors.GetValueOrDefault(name.Module);
                factors[name.Module] = name.IsFirst ? known with { First = tensor } : known with { Second = tensor };
            }
        }

        if (adapters.Count > 1)
        {
            throw new ConversionException($"the file holds several adapters: {string.Join(", ", adapters)}", "save one of them alone", isUnsupported: true);
        }

        foreach (var (module, (first, second)) in factors)
        {
            if (first is null || second is null)
            {
                problems.Add($"{module} has one factor of two");
            }
            else
            {
                Check(module, first, second);
            }
        }

        if (pairs.Count == 0 && problems.Count == 0)
        {
            problems.Add("the adapter has no tensors");
        }

        return problems.Count == 0
            ? pairs
            : throw new ConversionException(ConversionException.Join(problems), "check that the base is the model that the adapter was made for");

        void Check(string module, string first, string second)
        {
            var (target, outer, inner) = (targets[module], shards.Find(first)!.Shape, shards.Find(second)!.Shape);
            if (outer.Count != 2 || inner.Count != 2 || outer[0] != inner[1] || outer[1] != target.Shape[1] || inner[0] != target.Shape[0])
            {
                problems.Add($"the factors of {module} do not fit a matrix of [{string.Join(", ", target.Shape)}]");
            }
            else if (outer[0] != config.RankOf(module))
            {
                problems.Add($"the factors of {module} have the rank {outer[0]}, {PeftConfig.FileName} says {config.RankOf(module)}");
            }
            else
            {
                pairs.Add(new PeftPair(target, first, second, outer[0], config.ScaleOf(module)));
            }
        }
    }
}
