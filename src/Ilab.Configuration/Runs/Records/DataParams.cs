using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>The data of a training, by what it is for.</summary>
public sealed class DataParams(ConfigSection section) : ConfigRecord(section)
{
    public DatasetSplitParams Train => new(Section.Section("train"));
    public DatasetSplitParams Test => new(Section.Section("test"));
    public DatasetSplitParams Validation => new(Section.Section("validation"));
}
