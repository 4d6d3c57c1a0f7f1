using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>Benchmarks of a model.</summary>
public sealed class EvaluationConfig(ConfigSection section) : ConfigRecord(section)
{
    public IReadOnlyList<EvaluationTaskParams> Tasks => [.. Section.Sections("tasks").Select(static item => new EvaluationTaskParams(item))];
    public ModelParams Model => new(Section.Section("model"));
    public GenerationParams Generation => new(Section.Section("generation"));
    public string InferenceEngine => Section.Text("inference_engine") ?? "";
    public RemoteParams? InferenceRemoteParams => Section.OptionalSection("inference_remote_params") is { } value ? new RemoteParams(value) : null;
    public string? RunName => Section.Text("run_name");
    public bool EnableWandb => Section.Flag("enable_wandb");
    public string OutputDir => Section.Text("output_dir") ?? "";

    /// <summary>What only ilab knows; null when the file does not say anything of it.</summary>
    public IlabParams? Ilab => Section.OptionalSection("ilab") is { } value ? new IlabParams(value) : null;
}
