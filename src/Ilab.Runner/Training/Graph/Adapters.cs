using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>Low-rank adapters: beside a frozen weight W there is B A, of which A [in, rank] begins random and B [rank, out] at zero.</summary>
internal sealed class Adapters
{
    private readonly Dictionary<string, (Tensor A, Tensor B)> _pairs = new(StringComparer.Ordinal);

    /// <param name="parameters">Takes the new tensors.</param>
    /// <param name="weights">All weights of the base.</param>
    /// <param name="options">Which of them, and how.</param>
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

    /// <summary>Modules that were wanted and are in no layer.</summary>
    public IReadOnlyList<string> Missing => [.. Options.TargetModules.Where(module => !_pairs.Keys.Any(name => name.Split('.')[2] == module))];

    public float Scale => Options.Alpha / Options.Rank;

    public (Tensor A, Tensor B)? Find(string weight) => _pairs.TryGetValue(weight, out var pair) ? pair : null;

    /// <summary>Fills every A. The order is that of the names, so that one seed gives one start.</summary>
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

/// <summary>What adapters are made for and how large they are.</summary>
/// <param name="Dropout">Share of the numbers that an adapter does not see in a step.</param>
internal sealed record LoraOptions(int Rank, float Alpha, IReadOnlyList<string> TargetModules, float Dropout = 0)
{
    /// <summary>Every linear layer.</summary>
    public static IReadOnlyList<string> AllModules { get; } = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
}
