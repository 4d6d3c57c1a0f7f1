using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>One dataset.</summary>
public sealed class DatasetParams(ConfigSection section) : ConfigRecord(section)
{
    public string DatasetName => Section.Text("dataset_name") ?? "";
    public string? DatasetPath => Section.Text("dataset_path");
    public string? Subset => Section.Text("subset");
    public string Split => Section.Text("split") ?? "";
    public ConfigMap DatasetKwargs => Section.Map("dataset_kwargs");
    public long? SampleCount => Section.Whole("sample_count");
    public double? MixtureProportion => Section.Number("mixture_proportion");
    public bool Shuffle => Section.Flag("shuffle");
    public long? Seed => Section.Whole("seed");
    public long ShuffleBufferSize => Section.Whole("shuffle_buffer_size") ?? 0;
    public bool TrustRemoteCode => Section.Flag("trust_remote_code");
    public string? TransformNumWorkers => Section.Text("transform_num_workers");
}
