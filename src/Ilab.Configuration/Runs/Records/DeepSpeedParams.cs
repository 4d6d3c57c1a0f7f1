using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>Training spread over devices with DeepSpeed; carried out elsewhere.</summary>
public sealed class DeepSpeedParams(ConfigSection section) : ConfigRecord(section)
{
    public bool EnableDeepspeed => Section.Flag("enable_deepspeed");
    public string? DeepspeedConfigPath => Section.Text("deepspeed_config_path");
    public string ZeroStage => Section.Text("zero_stage") ?? "";
    public ConfigSection? OffloadOptimizer => Section.OptionalSection("offload_optimizer");
    public ConfigSection? OffloadParam => Section.OptionalSection("offload_param");
    public string? Precision => Section.Text("precision");
    public bool OverlapComm => Section.Flag("overlap_comm");
    public bool ContiguousGradients => Section.Flag("contiguous_gradients");
    public string ReduceBucketSize => Section.Text("reduce_bucket_size") ?? "";
    public long AllgatherBucketSize => Section.Whole("allgather_bucket_size") ?? 0;
    public bool AllgatherPartitions => Section.Flag("allgather_partitions");
    public bool ReduceScatter => Section.Flag("reduce_scatter");
    public bool RoundRobinGradients => Section.Flag("round_robin_gradients");
    public string Stage3PrefetchBucketSize => Section.Text("stage3_prefetch_bucket_size") ?? "";
    public string Stage3ParamPersistenceThreshold => Section.Text("stage3_param_persistence_threshold") ?? "";
    public long Stage3MaxLiveParameters => Section.Whole("stage3_max_live_parameters") ?? 0;
    public long Stage3MaxReuseDistance => Section.Whole("stage3_max_reuse_distance") ?? 0;
    public bool Stage3Gather16bitWeightsOnModelSave => Section.Flag("stage3_gather_16bit_weights_on_model_save");
    public long SubGroupSize => Section.Whole("sub_group_size") ?? 0;
    public string TrainBatchSize => Section.Text("train_batch_size") ?? "";
    public string TrainMicroBatchSizePerGpu => Section.Text("train_micro_batch_size_per_gpu") ?? "";
    public string GradientAccumulationSteps => Section.Text("gradient_accumulation_steps") ?? "";
    public string GradientClipping => Section.Text("gradient_clipping") ?? "";
    public bool ZeroAllowUntestedOptimizer => Section.Flag("zero_allow_untested_optimizer");
    public bool ZeroForceDsCpuOptimizer => Section.Flag("zero_force_ds_cpu_optimizer");
    public ConfigMap ActivationCheckpointing => Section.Map("activation_checkpointing");
    public bool MemoryEfficientLinear => Section.Flag("memory_efficient_linear");
    public long StepsPerPrint => Section.Whole("steps_per_print") ?? 0;
    public bool WallClockBreakdown => Section.Flag("wall_clock_breakdown");
}
