using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>A job of Oumi's launcher: other commands on machines of a cloud.</summary>
public sealed class JobConfig(ConfigSection section) : ConfigRecord(section)
{
    public string? Name => Section.Text("name");
    public string? User => Section.Text("user");
    public string? WorkingDir => Section.Text("working_dir");
    public long NumNodes => Section.Whole("num_nodes") ?? 0;
    public JobResources Resources => new(Section.Section("resources"));
    public ConfigMap Envs => Section.Map("envs");
    public ConfigMap FileMounts => Section.Map("file_mounts");
    public ConfigMap StorageMounts => Section.Map("storage_mounts");
    public string? Setup => Section.Text("setup");
    public string Run => Section.Text("run") ?? "";
}
