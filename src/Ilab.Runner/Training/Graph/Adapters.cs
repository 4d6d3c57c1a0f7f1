using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>
/// LoRA adapters: a frozen weight W is complemented by B A, where A [in, rank] is initialized randomly and B [rank, out] with zeros. Rows of a weight that
/// holds several matrices may have an adapter of their own.
/// </summary>
internal sealed class Adapters
{
    private readonly Dictionary<string, (Tensor A, Tensor B)> _pairs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<AdapterPart>> _parts = new(StringComparer.Ordinal);
    private readonly List<(string Name, Tensor A)> _starts = [];

    /// <param name="parameters">Receives the new tensors.</param>
    /// <param name="weights">All weights of the base model.</param>
    /// <param name="targets">Which weights to adapt.</param>
    /// <param name="decoder">Says which rows the parts are.</param>
    public Adapters(ParameterSet parameters, BaseWeights weights, LoraOptions options, AdapterTargets targets, Decoder decoder)
    {
        Options = options;
        foreach (var weight in weights.All.Where(tensor => IsTarget(tensor, targets)).OrderBy(static tensor => tensor.Name, StringComparer.Ordinal))
        {
            _pairs[weight.Name] = Add(parameters, weight.Name, weight.Columns, weight.Rows);
        }

        foreach (var (part, rows) in targets.PartsOf(decoder))
        {
            var weight = weights[rows.Name + ".weight"];
            var (a, b) = Add(parameters, $"{weight.Name}.{part}", weight.Columns, rows.Rows);
            if (!_parts.TryGetValue(weight.Name, out var parts))
            {
                _parts[weight.Name] = parts = [];
            }

            parts.Add(new AdapterPart(rows, a, b));
        }
    }

    public LoraOptions Options { get; }

    public float Scale => Options.Alpha / Options.Rank;

    /// <summary>Names of weights whose rows have adapters of their own.</summary>
    public IEnumerable<string> Divided => _parts.Keys.Order(StringComparer.Ordinal);

    /// <summary>The adapter of a whole weight.</summary>
    public (Tensor A, Tensor B)? Find(string weight) => _pairs.TryGetValue(weight, out var pair) ? pair : null;

    /// <summary>The adapters of a weight's rows; none if it has one for all, or none.</summary>
    public IReadOnlyList<AdapterPart> PartsOf(string weight) => _parts.TryGetValue(weight, out var parts) ? parts : [];

    public bool Has(string weight) => _pairs.ContainsKey(weight) || _parts.ContainsKey(weight);

    /// <summary>
    /// Initializes every A, in the order of the names, so that a seed gives a reproducible start: uniform within 1/sqrt(columns), as PEFT does, so that
    /// learning rates mean the same here as there.
    /// </summary>
    public void Initialize(RandomSource random)
    {
        foreach (var (_, a) in _starts.OrderBy(static start => start.Name, StringComparer.Ordinal))
        {
            var values = new float[a.Elements];
            var bound = 1 / Math.Sqrt(a.Columns);
            for (var index = 0; index < values.Length; index++)
            {
                values[index] = (float)(((2 * random.NextDouble()) - 1) * bound);
            }

            a.Write<float>(values);
        }
    }

    private (Tensor A, Tensor B) Add(ParameterSet parameters, string name, long columns, long rows)
    {
        var a = parameters.Add($"{name}.lora_a", columns, Options.Rank);
        _starts.Add((name, a));
        return (a, parameters.Add($"{name}.lora_b", Options.Rank, rows));
    }

    private static bool IsTarget(Tensor tensor, AdapterTargets targets)
    {
        var parts = tensor.Name.Split('.');
        return parts is ["blk", _, var module, "weight"] && targets.Modules.Contains(module) && tensor.Rows > 1;
    }
}

/// <summary>The adapter of some rows of a weight.</summary>
internal sealed record AdapterPart(Projection Rows, Tensor A, Tensor B);

/// <summary>Target modules and size of adapters.</summary>
/// <param name="TargetModules">Names as in a GGUF, or as in checkpoints; empty = every matrix of the layers.</param>
/// <param name="Dropout">Fraction of its inputs that an adapter ignores in a step.</param>
internal sealed record LoraOptions(int Rank, float Alpha, IReadOnlyList<string> TargetModules, float Dropout = 0);
