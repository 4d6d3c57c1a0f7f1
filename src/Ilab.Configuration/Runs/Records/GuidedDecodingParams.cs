using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>What answers have to look like.</summary>
public sealed class GuidedDecodingParams(ConfigSection section) : ConfigRecord(section)
{
    public ConfigNode Json => Section["json"];
    public string? Regex => Section.Text("regex");
    public IReadOnlyList<string> Choice => Section.Texts("choice");
    public bool Strict => Section.Flag("strict");
}
