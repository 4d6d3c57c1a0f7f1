using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Encoders;
using Ilab.Gguf.Families.LayerNorms;
using Ilab.Gguf.Families.Recurrent;
using Ilab.Gguf.Families.Sparse;
using Ilab.Gguf.Families.Variants;

namespace Ilab.Gguf.Families;

/// <summary>All families, one description each. A new one is a file of its own and a line here.</summary>
public static class FamilyList
{
    public static IReadOnlyList<Family> All { get; } =
    [
        Llama.Family,
        Mistral.Family,
        Mixtral.Family,
        Ministral3.Family,
        Mistral3.Family,
        SmolLm3.Family,
        Arcee.Family,
        Apertus.Family,
        Llama4.Family,
        Qwen2.Family,
        Qwen2Moe.Family,
        Qwen2Vl.Family,
        Qwen3.Family,
        Qwen3Moe.Family,
        Qwen3Vl.Family,
        Qwen35.Family,
        Gemma.Family,
        Gemma2.Family,
        Gemma3.Family,
        EmbeddingGemma.Family,
        Gemma4.Family,
        Phi2.Family,
        Phi3.Family,
        Olmo.Family,
        Olmo2.Family,
        Olmo3.Family,
        Olmoe.Family,
        Granite.Family,
        GraniteMoe.Family,
        GraniteHybrid.Family,
        Glm.Family,
        Glm4.Family,
        Starcoder2.Family,
        Gpt2.Family,
        GptNeox.Family,
        StableLm.Family,
        CommandR.Family,
        Cohere2.Family,
        Ernie45.Family,
        Ernie45Moe.Family,
        GptOss.Family,
        SeedOss.Family,
        Deepseek2.Family,
        DeepseekV3.Family,
        Glm4Moe.Family,
        Dots1.Family,
        PhiMoe.Family,
        Qwen3VlMoe.Family,
        Mamba.Family,
        Mamba2.Family,
        FalconH1.Family,
        Qwen35Moe.Family,
        Qwen3Next.Family,
        Lfm2.Family,
        Lfm2Moe.Family,
        InternLm2.Family,
        InternLm3.Family,
        Llava.Family,
        MiniCpm.Family,
        Exaone.Family,
        Exaone4.Family,
        HunyuanDense.Family,
        Baichuan.Family,
        Xverse.Family,
        Nemotron.Family,
        Orion.Family,
        Falcon.Family,
        Bloom.Family,
        Mpt.Family,
        BigCode.Family,
        Bert.Family,
        Roberta.Family,
        XlmRoberta.Family,
        DistilBert.Family,
        NomicBert.Family,
        ModernBert.Family,
    ];

    /// <summary>The family of a class name in a config; null = none.</summary>
    public static Family? OfClass(string className) => All.FirstOrDefault(family => family.Classes.Contains(className));

    /// <summary>The first family with this architecture; null = none.</summary>
    public static Family? OfArchitecture(string architecture) => All.FirstOrDefault(family => family.Architecture == architecture);
}
