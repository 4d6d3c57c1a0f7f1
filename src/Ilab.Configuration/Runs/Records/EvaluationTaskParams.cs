using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>One benchmark.</summary>
public sealed class EvaluationTaskParams(ConfigSection section) : ConfigRecord(section)
{
    public string EvaluationBackend => Section.Text("evaluation_backend") ?? "";
    public string? TaskName => Section.Text("task_name");
    public long? NumSamples => Section.Whole("num_samples");
    public bool? LogSamples => Section.OptionalFlag("log_samples");
    public ConfigMap EvalKwargs => Section.Map("eval_kwargs");
}
