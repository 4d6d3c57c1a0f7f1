namespace Ilab.Gguf.Conversion;

/// <summary>What is particular to a family of dense decoders.</summary>
/// <param name="Architecture">llama.cpp's name.</param>
/// <param name="ClassName">The class in a Hugging Face config.</param>
/// <param name="ModelType">The model_type in a Hugging Face config.</param>
/// <param name="PairsRope">Whether llama.cpp turns neighbours, so that query and key rows change places.</param>
/// <param name="NormsHeads">Queries and keys have norms of their own.</param>
/// <param name="QueryBias">Query, key and value always have a bias.</param>
/// <param name="MayHaveBias">Any projection may have a bias.</param>
public sealed record ModelFamily(string Architecture, string ClassName, string ModelType, bool PairsRope, bool NormsHeads, bool QueryBias, bool MayHaveBias)
{
    private static readonly ModelFamily[] All =
    [
        new("llama", "LlamaForCausalLM", "llama", PairsRope: true, NormsHeads: false, QueryBias: false, MayHaveBias: true),
        new("llama", "MistralForCausalLM", "mistral", PairsRope: true, NormsHeads: false, QueryBias: false, MayHaveBias: true),
        new("qwen2", "Qwen2ForCausalLM", "qwen2", PairsRope: false, NormsHeads: false, QueryBias: true, MayHaveBias: false),
        new("qwen3", "Qwen3ForCausalLM", "qwen3", PairsRope: false, NormsHeads: true, QueryBias: false, MayHaveBias: false),
        new("granite", "GraniteForCausalLM", "granite", PairsRope: true, NormsHeads: false, QueryBias: false, MayHaveBias: true),
    ];

    public bool IsGranite => Architecture == "granite";

    /// <exception cref="ConversionException">A family that cannot be converted, by name.</exception>
    public static ModelFamily OfClass(string className) => Array.Find(All, family => family.ClassName == className) ?? throw Unknown(className);

    public static ModelFamily OfArchitecture(string architecture) =>
        Array.Find(All, family => family.Architecture == architecture) ?? throw Unknown(architecture);

    private static ConversionException Unknown(string name) =>
        new(
            $"models of the kind {name} cannot be converted",
            $"these can: {string.Join(", ", All.Select(static family => family.ClassName))}",
            isUnsupported: true
        );
}
