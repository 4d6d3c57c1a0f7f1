using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>A model, and how it is loaded.</summary>
public sealed class ModelParams(ConfigSection section) : ConfigRecord(section)
{
    public string ModelName => Section.Text("model_name") ?? "";
    public string? AdapterModel => Section.Text("adapter_model");
    public bool AdapterTrainable => Section.Flag("adapter_trainable");
    public string? TokenizerName => Section.Text("tokenizer_name");
    public string? TokenizerPadToken => Section.Text("tokenizer_pad_token");
    public ConfigMap TokenizerKwargs => Section.Map("tokenizer_kwargs");
    public ConfigMap ProcessorKwargs => Section.Map("processor_kwargs");
    public long? ModelMaxLength => Section.Whole("model_max_length");
    public bool LoadPretrainedWeights => Section.Flag("load_pretrained_weights");
    public bool TrustRemoteCode => Section.Flag("trust_remote_code");
    public string TorchDtypeStr => Section.Text("torch_dtype_str") ?? "";
    public bool Compile => Section.Flag("compile");
    public string? ChatTemplate => Section.Text("chat_template");
    public ConfigMap ChatTemplateKwargs => Section.Map("chat_template_kwargs");
    public string? AttnImplementation => Section.Text("attn_implementation");
    public string? DeviceMap => Section.Text("device_map");
    public ConfigMap ModelKwargs => Section.Map("model_kwargs");
    public bool EnableLigerKernel => Section.Flag("enable_liger_kernel");
    public bool ShardForEval => Section.Flag("shard_for_eval");
    public IReadOnlyList<string> FreezeLayers => Section.Texts("freeze_layers");
    public bool TextOnly => Section.Flag("text_only");
    public string? ModelRevision => Section.Text("model_revision");
    public string? ToolCallParser => Section.Text("tool_call_parser");
}
