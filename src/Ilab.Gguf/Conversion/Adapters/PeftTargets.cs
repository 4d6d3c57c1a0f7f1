using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>A matrix of the base that an adapter may change.</summary>
/// <param name="Entry">What it comes from and what it is called in the GGUF.</param>
/// <param name="Rows">Of the module in the checkpoint, which counts before rows change places.</param>
internal sealed record PeftTarget(TensorEntry Entry, long Rows, long Columns);

/// <summary>The rows of a matrix that another spelling keeps in a module of its own, or the other way round.</summary>
internal sealed record PeftPlace(PeftTarget Target, long From, long To, long Rows);

/// <summary>
/// The matrices of a base by the names of their modules. A fused module may also be spelled by its parts (<c>q_proj</c> for <c>qkv_proj</c>), and parts by the
/// module that others fuse them into.
/// </summary>
internal sealed class PeftTargets
{
    private const string Weight = ".weight";

    /// <summary>Fused modules, and their parts with the measure of their rows.</summary>
    private static readonly (string Fused, (string Name, string Rows)[] Parts)[] Spellings =
    [
        ("qkv_proj", [("q_proj", "q"), ("k_proj", "k"), ("v_proj", "k")]),
        ("gate_up_proj", [("gate_proj", "ff"), ("up_proj", "ff")]),
    ];

    private readonly FamilyModel _model;
    private readonly ILookup<string, PeftTarget> _modules;

    public PeftTargets(FamilyModel model)
    {
        _model = model;
        All = [.. model.Tensors().Where(IsTarget).Select(TargetOf)];
        _modules = All.ToLookup(static target => target.Entry.Sources[0][..^Weight.Length], StringComparer.Ordinal);
    }

    /// <summary>Matrices of the layers whose rows are kept, are some of a module's, or change places: an adapter's second factor has the same rows.</summary>
    public IReadOnlyList<PeftTarget> All { get; }

    /// <summary>Whether checkpoints of the family keep their matrices transposed.</summary>
    public bool IsTransposed => All.Any(static target => target.Entry.Rule.Steps is [Transpose, ..]);

    /// <summary>What a module's factors change; nothing = the base has no such module.</summary>
    /// <param name="module">As <c>model.layers.0.self_attn.q_proj</c>.</param>
    public IReadOnlyList<PeftPlace> Find(string module)
    {
        if (_modules.Contains(module))
        {
            return [.. _modules[module].Select(static target => new PeftPlace(target, 0, 0, target.Rows))];
        }

        var dot = module.LastIndexOf('.') + 1;
        var (path, name) = (module[..dot], module[dot..]);
        foreach (var (fused, parts) in Spellings)
        {
            if (name == fused)
            {
                return Parts(path, parts);
            }

            var start = 0L;
            foreach (var (part, rows) in parts)
            {
                var target = _modules[path + fused].FirstOrDefault();
                var length = target is null ? 0 : _model.Measures.Find(rows, target.Entry.Layer) ?? 0;
                if (part == name && target is not null && start + length <= target.Rows)
                {
                    return [new PeftPlace(target, 0, start, length)];
                }

                start += length;
            }
        }

        return [];
    }

    private IReadOnlyList<PeftPlace> Parts(string path, (string Name, string Rows)[] parts)
    {
        var targets = Array.ConvertAll(parts, part => _modules[path + part.Name].FirstOrDefault());
        var start = 0L;
        var places = new List<PeftPlace>();
        foreach (var target in targets)
        {
            if (target is null)
            {
                return [];
            }

            places.Add(new PeftPlace(target, start, 0, target.Rows));
            start += target.Rows;
        }

        return places;
    }

    private static PeftTarget TargetOf(TensorEntry entry) =>
        entry.Rule.Steps is [Transpose, ..] ? new PeftTarget(entry, entry.Shape[1], entry.Shape[0]) : new PeftTarget(entry, entry.Shape[0], entry.Shape[1]);

    private static bool IsTarget(TensorEntry entry) =>
        entry.Layer >= 0
        && entry is { IsStacked: false, Shape.Length: 2 }
        && entry.Sources[0].EndsWith(Weight, StringComparison.Ordinal)
        && entry
            .Rule.Steps.Select(static (step, index) => step is Swap { Axis: 0 } or Take { Axis: 0 } || (step is Transpose && index == 0))
            .All(static good => good);
}
