using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>Adapters, and the base model below them.</summary>
public sealed class PeftParams(ConfigSection section) : ConfigRecord(section)
{
    public long LoraR => Section.Whole("lora_r") ?? 0;
    public long LoraAlpha => Section.Whole("lora_alpha") ?? 0;
    public double LoraDropout => Section.Number("lora_dropout") ?? 0;
    public IReadOnlyList<string> LoraTargetModules => Section.Texts("lora_target_modules");
    public IReadOnlyList<string> LoraExcludeModules => Section.Texts("lora_exclude_modules");
    public IReadOnlyList<string> LoraTargetParameters => Section.Texts("lora_target_parameters");
    public IReadOnlyList<string> LoraModulesToSave => Section.Texts("lora_modules_to_save");
    public string LoraBias => Section.Text("lora_bias") ?? "";
    public string LoraInitWeights => Section.Text("lora_init_weights") ?? "";
    public string LoraTaskType => Section.Text("lora_task_type") ?? "";
    public bool QLora => Section.Flag("q_lora");
    public long QLoraBits => Section.Whole("q_lora_bits") ?? 0;
    public string Bnb4bitQuantType => Section.Text("bnb_4bit_quant_type") ?? "";
    public IReadOnlyList<string> LlmInt8SkipModules => Section.Texts("llm_int8_skip_modules");
    public bool UseBnbNestedQuant => Section.Flag("use_bnb_nested_quant");
    public string Bnb4bitQuantStorage => Section.Text("bnb_4bit_quant_storage") ?? "";
    public string Bnb4bitComputeDtype => Section.Text("bnb_4bit_compute_dtype") ?? "";
    public string PeftSaveMode => Section.Text("peft_save_mode") ?? "";
}
