using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>A training.</summary>
public sealed class TrainingConfig(ConfigSection section) : ConfigRecord(section)
{
    public DataParams Data => new(Section.Section("data"));
    public ModelParams Model => new(Section.Section("model"));
    public TrainingParams Training => new(Section.Section("training"));
    public PeftParams Peft => new(Section.Section("peft"));
    public FSDPParams Fsdp => new(Section.Section("fsdp"));
    public DeepSpeedParams Deepspeed => new(Section.Section("deepspeed"));

    /// <summary>What only ilab knows; null when the file does not say anything of it.</summary>
    public IlabParams? Ilab => Section.OptionalSection("ilab") is { } value ? new IlabParams(value) : null;
}
