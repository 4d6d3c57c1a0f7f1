using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>Datasets for one purpose, and how they are mixed.</summary>
public sealed class DatasetSplitParams(ConfigSection section) : ConfigRecord(section)
{
    public IReadOnlyList<DatasetParams> Datasets => [.. Section.Sections("datasets").Select(static item => new DatasetParams(item))];
    public string? CollatorName => Section.Text("collator_name");
    public ConfigMap CollatorKwargs => Section.Map("collator_kwargs");
    public string? TrainTarget => Section.Text("train_target");
    public bool Pack => Section.Flag("pack");
    public bool Stream => Section.Flag("stream");
    public string? TargetCol => Section.Text("target_col");
    public string MixtureStrategy => Section.Text("mixture_strategy") ?? "";
    public long? Seed => Section.Whole("seed");
    public bool? UseTorchdata => Section.OptionalFlag("use_torchdata");
}
