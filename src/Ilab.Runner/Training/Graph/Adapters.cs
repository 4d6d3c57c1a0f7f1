using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>LoRA adapters: a frozen weight W is complemented by B A, where A [in, rank] is initialized randomly and B [rank, out] with zeros.</summary>
internal sealed class Adapters
{
    private readonly Dictionary<string, (Tensor A, Tensor B)> _pairs = new(StringComparer.Ordinal);

    /// <param name="parameters">Receives the new tensors.</param>
    /// <param name="weights">All weights of the base model.</param>
    /// <param name="options">Which weights to adapt, and how.</param>
    public Adapters(ParameterSet parameters, BaseWeights weights, LoraOptions options)
    {
        Options = options;
        foreach (var weight in weights.All.Where(tensor => IsTarget(tensor, options)).OrderBy(static tensor => tensor.Name, StringComparer.Ordinal))
        {
            var a = parameters.Add($"{weight.Name}.lora_a", weight.Columns, options.Rank);
            var b = parameters.Add($"{weight.Name}.lora_b", options.Rank, weight.Rows);
            _pairs[weight.Name] = (a, b);
        }
    }

    public LoraOptions Options { get; }

    public float Scale => Options.Alpha / Options.Rank;

    public (Tensor A, Tensor B)? Find(string weight) => _pairs.TryGetValue(weight, out var pair) ? pair : null;

    /// <summary>Initializes every A, in the order of the names, so that a seed gives a reproducible start.</summary>
    public void Initialize(RandomSource random)
    {
        foreach (var (a, _) in _pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => pair.Value))
        {
            var values = new float[a.Elements];
            var deviation = 1 / MathF.Sqrt(a.Columns);
            for (var index = 0; index < values.Length; index++)
            {
                values[index] = random.NextNormal() * deviation;
            }

            a.Write<float>(values);
        }
    }

    private static bool IsTarget(Tensor tensor, LoraOptions options)
    {
        var parts = tensor.Name.Split('.');
        return parts is ["blk", _, var module, "weight"] && options.TargetModules.Contains(module) && tensor.Rows > 1;
    }
}

/// <summary>Target modules and size of adapters.</summary>
/// <param name="TargetModules">Names as in a GGUF, or as in the checkpoints of the family; empty = every matrix of the layers.</param>
/// <param name="Dropout">Fraction of its inputs that an adapter ignores in a step.</param>
internal sealed record LoraOptions(int Rank, float Alpha, IReadOnlyList<string> TargetModules, float Dropout = 0);
