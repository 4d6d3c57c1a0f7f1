using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>How answers are generated.</summary>
public sealed class GenerationParams(ConfigSection section) : ConfigRecord(section)
{
    public long MaxNewTokens => Section.Whole("max_new_tokens") ?? 0;
    public long? BatchSize => Section.Whole("batch_size");
    public bool ExcludePromptFromResponse => Section.Flag("exclude_prompt_from_response");
    public long? Seed => Section.Whole("seed");
    public double Temperature => Section.Number("temperature") ?? 0;
    public double? TopP => Section.Number("top_p");
    public double FrequencyPenalty => Section.Number("frequency_penalty") ?? 0;
    public double PresencePenalty => Section.Number("presence_penalty") ?? 0;
    public IReadOnlyList<string> StopStrings => Section.Texts("stop_strings");
    public IReadOnlyList<string> StopTokenIds => Section.Texts("stop_token_ids");
    public ConfigMap LogitBias => Section.Map("logit_bias");
    public double MinP => Section.Number("min_p") ?? 0;
    public bool UseCache => Section.Flag("use_cache");
    public long NumBeams => Section.Whole("num_beams") ?? 0;
    public bool UseSampling => Section.Flag("use_sampling");
    public GuidedDecodingParams? GuidedDecoding => Section.OptionalSection("guided_decoding") is { } value ? new GuidedDecodingParams(value) : null;
    public bool SkipSpecialTokens => Section.Flag("skip_special_tokens");
    public ConfigNode ToolChoice => Section["tool_choice"];
    public bool ParallelToolCalls => Section.Flag("parallel_tool_calls");
    public string? PromptCacheTtl => Section.Text("prompt_cache_ttl");
}
