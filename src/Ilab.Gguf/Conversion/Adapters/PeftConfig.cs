namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>adapter_config.json of PEFT, as far as LoRA needs it.</summary>
/// <param name="Alpha">What the product is scaled by, times the rank.</param>
/// <param name="Base">Name of the model it was made for, or empty.</param>
internal sealed record PeftConfig(double Alpha, string Base)
{
    public const string FileName = "adapter_config.json";

    /// <exception cref="ConversionException">Not LoRA, or of a form that llama.cpp has no words for.</exception>
    public static PeftConfig Read(SourceFolder folder)
    {
        using var document = folder.ReadJson(FileName) ?? throw new ConversionException($"{folder.Name} has no {FileName}");
        var config = document.RootElement;
        var kind = config.Find("peft_type").Text() ?? "LORA";
        if (kind != "LORA" || config.Find("use_dora").Flag() == true)
        {
            throw new ConversionException($"an adapter of the kind {(kind == "LORA" ? "DoRA" : kind)} cannot be converted", "LoRA can", isUnsupported: true);
        }

        if (config.Find("alpha_pattern") is { ValueKind: System.Text.Json.JsonValueKind.Object } pattern && pattern.EnumerateObject().Any())
        {
            throw new ConversionException("the adapter has several alphas (alpha_pattern), a GGUF has one", isUnsupported: true);
        }

        var rank = config.Find("r").Number() ?? throw new ConversionException($"{FileName} does not say the rank (r)");
        var alpha = config.Find("lora_alpha").Number() ?? rank;
        // A GGUF's product is scaled by alpha / rank; rank-stabilized LoRA by alpha / sqrt(rank).
        return new PeftConfig(config.Find("use_rslora").Flag() == true ? alpha * Math.Sqrt(rank) : alpha, config.Find("base_model_name_or_path").Text() ?? "");
    }
}
