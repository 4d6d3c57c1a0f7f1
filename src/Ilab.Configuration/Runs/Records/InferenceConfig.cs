using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>Answers to prompts or to a file of conversations.</summary>
public sealed class InferenceConfig(ConfigSection section) : ConfigRecord(section)
{
    public ModelParams Model => new(Section.Section("model"));
    public GenerationParams Generation => new(Section.Section("generation"));
    public string? InputPath => Section.Text("input_path");
    public string? OutputPath => Section.Text("output_path");
    public string? ProgressPath => Section.Text("progress_path");
    public string? Engine => Section.Text("engine");
    public RemoteParams? RemoteParams => Section.OptionalSection("remote_params") is { } value ? new RemoteParams(value) : null;

    /// <summary>What only ilab knows; null when the file does not say anything of it.</summary>
    public IlabParams? Ilab => Section.OptionalSection("ilab") is { } value ? new IlabParams(value) : null;
}
