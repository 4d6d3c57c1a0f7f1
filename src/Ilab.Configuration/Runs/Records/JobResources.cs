using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>The machines of a job.</summary>
public sealed class JobResources(ConfigSection section) : ConfigRecord(section)
{
    public string Cloud => Section.Text("cloud") ?? "";
    public string? Region => Section.Text("region");
    public string? Zone => Section.Text("zone");
    public string? Accelerators => Section.Text("accelerators");
    public string? Cpus => Section.Text("cpus");
    public string? Memory => Section.Text("memory");
    public string? InstanceType => Section.Text("instance_type");
    public bool UseSpot => Section.Flag("use_spot");
    public long? DiskSize => Section.Whole("disk_size");
    public string? DiskTier => Section.Text("disk_tier");
    public string? ImageId => Section.Text("image_id");
    public ConfigMap ImageIdMap => Section.Map("image_id_map");
    public ConfigMap ConfigOverrides => Section.Map("config_overrides");
}
