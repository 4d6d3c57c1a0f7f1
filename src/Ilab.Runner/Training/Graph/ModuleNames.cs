using Ilab.Gguf.Decoders;
using Ilab.Gguf.Families;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>
/// Names of matrices that are to get adapters: those of a GGUF, those that checkpoints of the family have (<c>q_proj</c>), and those of checkpoints that
/// fuse what this one keeps apart, or keep apart what it fuses.
/// </summary>
internal static class ModuleNames
{
    private const string Weight = ".weight";

    /// <summary>Names of modules that others fuse, and of their parts in a GGUF.</summary>
    private static readonly (string[] Names, string[] Modules)[] Fused =
    [
        (["qkv_proj", "attn_qkv"], ["attn_q", "attn_k", "attn_v"]),
        (["gate_up_proj"], ["ffn_gate", "ffn_up"]),
    ];

    /// <param name="wanted">Empty = all that the engine applies adapters to.</param>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: a name that the model has no matrix of.</exception>
    public static AdapterTargets Resolve(Decoder decoder, IReadOnlyList<string> wanted)
    {
        var modules = decoder.Modules;
        if (wanted.Count == 0)
        {
            return new AdapterTargets(decoder.AppliedModules, []);
        }

        var aliases = AliasesOf(decoder.Architecture).Where(alias => modules.Contains(alias.Target)).Distinct().ToArray();
        string[] parts = [.. decoder.Layers.SelectMany(AdapterTargets.PartsOf).Select(static entry => entry.Part).Distinct(StringComparer.Ordinal)];
        var (chosen, own, unknown) = (new HashSet<string>(StringComparer.Ordinal), new List<string>(), new List<string>());
        foreach (var name in wanted)
        {
            string[] named = modules.Contains(name) ? [name] : [.. aliases.Where(alias => alias.Source == name).Select(static alias => alias.Target)];
            if (named.Length == 0 && parts.Contains(name))
            {
                own.Add(name);
                continue;
            }

            var fused = Array.Find(Fused, entry => entry.Names.Contains(name)).Modules;
            named = named.Length == 0 && fused?.All(modules.Contains) == true ? fused : named;
            chosen.UnionWith(named);
            unknown.AddRange(named.Length == 0 ? [name] : []);
        }

        if (unknown.Count > 0)
        {
            var names = modules
                .Select(module => string.Join(" or ", aliases.Where(alias => alias.Target == module).Select(static alias => alias.Source).Prepend(module)))
                .Concat(parts);
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                $"the model has no linear layers named {string.Join(", ", unknown)}; supported: {string.Join(", ", names)}"
            );
        }

        return new AdapterTargets([.. modules.Where(chosen.Contains)], [.. own.Distinct(StringComparer.Ordinal)]);
    }

    // Several families may share an architecture; their names of the same matrix are all good.
    private static IEnumerable<(string Target, string Source)> AliasesOf(string architecture) =>
        FamilyList
            .All.Where(family => family.Architecture == architecture)
            .SelectMany(static family => family.LayerTensors)
            .Where(static rule => rule.Target.EndsWith(Weight, StringComparison.Ordinal) && rule.Source.EndsWith(Weight, StringComparison.Ordinal))
            .Select(static rule => (rule.Target[..^Weight.Length], rule.Source[..^Weight.Length].Split('.')[^1]));
}
