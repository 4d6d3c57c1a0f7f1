using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>The section <c>ilab</c>: what only ilab knows. Leaving it out makes the file one of Oumi again.</summary>
public sealed class IlabParams(ConfigSection section) : ConfigRecord(section)
{
    /// <summary><c>auto</c>, <c>lora</c>, <c>qlora</c> or <c>full</c>; goes before training.use_peft and peft.q_lora.</summary>
    public string? TrainingType => Section.Text("training_type");

    /// <summary><c>none</c>, <c>ddp</c>, <c>fsdp</c> or <c>auto</c>.</summary>
    public string? Distributed => Section.Text("distributed");

    /// <summary>Name of the model that the training makes.</summary>
    public string? Result => Section.Text("result");

    public long? Threads => Section.Whole("threads");

    /// <summary>Context in tokens when a model is loaded.</summary>
    public long? Context => Section.Whole("context");

    /// <summary><c>cpu</c>, <c>cuda0</c>, ... as `ilab system info` names them.</summary>
    public string? Device => Section.Text("device");

    public long? GpuLayers => Section.Whole("gpu_layers");

    /// <summary>The machine that the file was planned for, such as <c>gpus=4,gpu-memory=80GiB</c>.</summary>
    public string? Resources => Section.Text("resources");

    /// <summary>The template that the file was made from.</summary>
    public string? Template => Section.Text("template");

    /// <summary>The program that made the file.</summary>
    public string? MadeBy => Section.Text("made_by");
}
