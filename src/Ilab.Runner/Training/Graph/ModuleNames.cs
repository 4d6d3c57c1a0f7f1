using Ilab.Gguf.Decoders;
using Ilab.Gguf.Families;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>Names of matrices that are to get adapters: those of a GGUF, or those that checkpoints of the family have (<c>q_proj</c>).</summary>
internal static class ModuleNames
{
    private const string Weight = ".weight";

    /// <param name="wanted">Empty = all.</param>
    /// <returns>Names in a layer of the GGUF, in the order of the layer.</returns>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: a name that the model has no matrix of.</exception>
    public static IReadOnlyList<string> Resolve(Decoder decoder, IReadOnlyList<string> wanted)
    {
        var modules = decoder.Modules;
        var aliases = AliasesOf(decoder.Architecture).Where(alias => modules.Contains(alias.Target)).Distinct().ToArray();
        var unknown = wanted.Where(name => !modules.Contains(name) && !Array.Exists(aliases, alias => alias.Source == name)).ToArray();
        if (unknown.Length > 0)
        {
            var names = modules.Select(module =>
                string.Join(" or ", aliases.Where(alias => alias.Target == module).Select(static alias => alias.Source).Prepend(module))
            );
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                $"the model has no linear layers named {string.Join(", ", unknown)}; supported: {string.Join(", ", names)}"
            );
        }

        return wanted.Count == 0
            ? modules
            : [.. modules.Where(module => wanted.Contains(module) || Array.Exists(aliases, alias => alias.Target == module && wanted.Contains(alias.Source)))];
    }

    // Several families may share an architecture; their names of the same matrix are all good.
    private static IEnumerable<(string Target, string Source)> AliasesOf(string architecture) =>
        FamilyList
            .All.Where(family => family.Architecture == architecture)
            .SelectMany(static family => family.LayerTensors)
            .Where(static rule => rule.Target.EndsWith(Weight, StringComparison.Ordinal) && rule.Source.EndsWith(Weight, StringComparison.Ordinal))
            .Select(static rule => (rule.Target[..^Weight.Length], rule.Source[..^Weight.Length].Split('.')[^1]));
}
