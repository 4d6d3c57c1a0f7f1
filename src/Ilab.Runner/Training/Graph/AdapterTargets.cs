using Ilab.Gguf.Decoders;

namespace Ilab.Runner.Training.Graph;

/// <summary>What is to get adapters.</summary>
/// <param name="Modules">Matrices by their names in a layer of the GGUF, in the order of the layer.</param>
/// <param name="Parts">Rows of matrices that hold several, by the names that checkpoints have which keep them apart (<c>q_proj</c>).</param>
internal sealed record AdapterTargets(IReadOnlyList<string> Modules, IReadOnlyList<string> Parts)
{
    public int Count => Modules.Count + Parts.Count;

    /// <summary>The rows that get adapters of their own, in all layers.</summary>
    public IEnumerable<(string Part, Projection Rows)> PartsOf(Decoder decoder) =>
        decoder
            .Layers.SelectMany(static layer => PartsOf(layer))
            .Where(entry => Parts.Contains(entry.Part) && !Modules.Contains(Decoder.ModuleOf(entry.Rows.Name)));

    /// <summary>All rows of a layer that are a part of a matrix that others keep apart.</summary>
    public static IEnumerable<(string Part, Projection Rows)> PartsOf(DecoderLayer layer) =>
        new (string Part, Projection? Rows)[]
        {
            ("q_proj", layer.Query),
            ("k_proj", layer.Key),
            ("v_proj", layer.Value),
            ("gate_proj", layer.Gate),
            ("up_proj", layer.Up),
        }
            .Where(entry => entry.Rows is { IsPart: true } && layer.Latent is null)
            .Select(static entry => (entry.Part, entry.Rows!));
}
