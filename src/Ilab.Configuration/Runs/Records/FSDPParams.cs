using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>Training spread over devices with FSDP; carried out elsewhere.</summary>
public sealed class FSDPParams(ConfigSection section) : ConfigRecord(section)
{
    public bool EnableFsdp => Section.Flag("enable_fsdp");
    public string ShardingStrategy => Section.Text("sharding_strategy") ?? "";
    public bool CpuOffload => Section.Flag("cpu_offload");
    public string? MixedPrecision => Section.Text("mixed_precision");
    public string BackwardPrefetch => Section.Text("backward_prefetch") ?? "";
    public bool ForwardPrefetch => Section.Flag("forward_prefetch");
    public bool? UseOrigParams => Section.OptionalFlag("use_orig_params");
    public string StateDictType => Section.Text("state_dict_type") ?? "";
    public string AutoWrapPolicy => Section.Text("auto_wrap_policy") ?? "";
    public long MinNumParams => Section.Whole("min_num_params") ?? 0;
    public string? TransformerLayerCls => Section.Text("transformer_layer_cls");
    public bool SyncModuleStates => Section.Flag("sync_module_states");
}
