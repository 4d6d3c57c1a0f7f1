using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>What an adapter changes in one matrix of the base.</summary>
/// <param name="Parts">One, or several that change different rows.</param>
internal sealed record PeftPair(PeftTarget Target, IReadOnlyList<PeftPart> Parts)
{
    public long Rank => Parts.Sum(static part => part.Rank);
}

/// <summary>Puts the tensors of an adapter into pairs and holds them against the base.</summary>
internal static class PeftPairs
{
    /// <exception cref="ConversionException">All that does not fit, at once.</exception>
    public static List<PeftPair> Read(PeftConfig config, FamilyModel model, ShardSet shards)
    {
        var targets = new PeftTargets(model);
        var (parts, problems) = (new List<(PeftTarget Target, PeftPart Part)>(), new List<string>());
        var factors = new Dictionary<string, (string? First, string? Second)>(StringComparer.Ordinal);
        var adapters = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tensor in shards.Names.Order(StringComparer.Ordinal))
        {
            if (PeftNames.Read(tensor) is not { } name)
            {
                problems.Add(PeftNames.Describe(tensor));
            }
            else if (targets.Find(name.Module).Count == 0)
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

        if (parts.Count == 0 && problems.Count == 0)
        {
            problems.Add("the adapter has no tensors");
        }

        return problems.Count == 0
            ? [.. parts.GroupBy(static part => part.Target).Select(static group => new PeftPair(group.Key, [.. group.Select(static part => part.Part)]))]
            : throw new ConversionException(ConversionException.Join(problems), "check that the base is the model that the adapter was made for");

        void Check(string module, string first, string second)
        {
            var (places, outer, inner) = (targets.Find(module), shards.Find(first)!.Shape, shards.Find(second)!.Shape);
            var (rows, columns) = (places.Max(static place => place.From + place.Rows), places[0].Target.Columns);
            if (outer.Count != 2 || inner.Count != 2 || outer[0] != inner[1] || outer[1] != columns || inner[0] != rows)
            {
                problems.Add($"the factors of {module} do not fit a matrix of [{rows}, {columns}]");
            }
            else if (outer[0] != config.RankOf(module))
            {
                problems.Add($"the factors of {module} have the rank {outer[0]}, {PeftConfig.FileName} says {config.RankOf(module)}");
            }
            else
            {
                parts.AddRange(
                    places.Select(place => (place.Target, new PeftPart(first, second, outer[0], config.ScaleOf(module), place.From, place.To, place.Rows)))
                );
            }
        }
    }
}
