using Ilab.Gguf;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>The model families that can be trained, and why others cannot.</summary>
internal static class TrainableFamilies
{
    private const string Gelu = "its feed-forward layers use GELU, whose gradient is not implemented";
    private const string Experts = "it is a mixture of experts, whose gradient is not implemented";
    private const string Recurrent = "it is recurrent, and the gradient of its state is not implemented";

    /// <summary>By name; whether pairs (i, i + n/2) are rotated instead of adjacent ones.</summary>
    private static readonly Dictionary<string, bool> Trainable = new()
    {
        ["llama"] = false,
        ["mistral"] = false,
        ["granite"] = false,
        ["qwen2"] = true,
        ["qwen3"] = true,
    };

    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["gemma"] = Gelu,
        ["gemma2"] = Gelu,
        ["gemma3"] = Gelu,
        ["gemma3n"] = Gelu,
        ["gpt2"] = Gelu,
        ["gptj"] = Gelu,
        ["gptneox"] = Gelu,
        ["phi2"] = Gelu,
        ["falcon"] = Gelu,
        ["starcoder"] = Gelu,
        ["starcoder2"] = Gelu,
        ["bloom"] = Gelu,
        ["mpt"] = Gelu,
        ["bert"] = Gelu,
        ["nomic-bert"] = Gelu,
        ["t5"] = Gelu,
        ["qwen2moe"] = Experts,
        ["qwen3moe"] = Experts,
        ["granitemoe"] = Experts,
        ["deepseek"] = Experts,
        ["deepseek2"] = Experts,
        ["dbrx"] = Experts,
        ["gpt-oss"] = Experts,
        ["olmoe"] = Experts,
        ["phimoe"] = Experts,
        ["llama4"] = Experts,
        ["glm4moe"] = Experts,
        ["mamba"] = Recurrent,
        ["mamba2"] = Recurrent,
        ["rwkv6"] = Recurrent,
        ["rwkv7"] = Recurrent,
        ["granitehybrid"] = Recurrent,
        ["jamba"] = Recurrent,
        ["falcon-h1"] = Recurrent,
    };

    private static readonly HashSet<string> Whole = ["token_embd.weight", "output.weight", "output.bias", "output_norm.weight", "rope_freqs.weight"];

    private static readonly HashSet<string> OfALayer =
    [
        "attn_norm.weight",
        "ffn_norm.weight",
        "attn_q_norm.weight",
        "attn_k_norm.weight",
        .. LoraOptions.AllModules.SelectMany(static name => new[] { name + ".weight", name + ".bias" }),
    ];

    /// <returns>Whether the family rotates (i, i + n/2).</returns>
    /// <exception cref="RunnerException">UNSUPPORTED, with the reason.</exception>
    public static bool Require(string name, bool hasExperts)
    {
        var isKnown = Trainable.TryGetValue(name, out var isNeoX);
        var reason =
            isKnown && hasExperts ? Experts
            : isKnown ? null
            : Reasons.GetValueOrDefault(name, "training does not support its architecture");
        return reason is null
            ? isNeoX
            : throw new RunnerException(
                RunnerErrors.Unsupported,
                $"a model of the {name} family cannot be trained: {reason} (supported: dense models of {string.Join(", ", Trainable.Keys)})"
            );
    }

    /// <exception cref="RunnerException">UNSUPPORTED: there is a weight that the graph does not use.</exception>
    public static void RequireKnown(string architecture, IEnumerable<GgufTensor> tensors)
    {
        foreach (var name in tensors.Select(static tensor => tensor.Name))
        {
            if (!Whole.Contains(name) && !(name.Split('.', 3) is ["blk", _, var rest] && OfALayer.Contains(rest)))
            {
                throw new RunnerException(RunnerErrors.Unsupported, $"this {architecture} model cannot be trained: unknown weight {name}");
            }
        }
    }
}
