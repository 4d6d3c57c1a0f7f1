namespace Ilab.Configuration.Runs.Schema;

/// <summary>A section: its fields in their order.</summary>
/// <param name="Kind">Of the file that it is the top of; null for other sections.</param>
public sealed record ConfigClass(string Name, string? Kind, IReadOnlyList<ConfigField> Fields)
{
    private readonly Dictionary<string, ConfigField> _byName = Fields.ToDictionary(static field => field.Name, StringComparer.Ordinal);

    public ConfigField? Find(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>One of a fixed set of words.</summary>
/// <param name="Name">As files write it.</param>
/// <param name="Value">As programs write it.</param>
public sealed record ConfigChoice(string Name, string Value);
