using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>A section in the types of .NET: every field has the value that is written, or its default.</summary>
public abstract class ConfigRecord(ConfigSection section)
{
    /// <summary>The values with their places.</summary>
    public ConfigSection Section { get; } = section;

    /// <summary>Whether the file or an override says something about a field, named as in the file.</summary>
    public bool IsWritten(string field) => Section.IsWritten(field);
}
