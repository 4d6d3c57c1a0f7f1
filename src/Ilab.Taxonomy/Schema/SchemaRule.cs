namespace Ilab.Taxonomy.Schema;

/// <summary>What a value has to be.</summary>
internal abstract record SchemaRule;

/// <summary>Text of at least so many characters.</summary>
internal sealed record TextRule(int Least = 1) : SchemaRule;

/// <summary>Exactly this whole number.</summary>
internal sealed record NumberRule(int Value) : SchemaRule;

internal sealed record ListRule(SchemaRule Item, int Least, bool IsUnique, string What) : SchemaRule;

/// <param name="IsOpen">Whether other keys are allowed.</param>
internal sealed record MappingRule(IReadOnlyList<Property> Properties, bool IsOpen = false) : SchemaRule;

internal sealed record Property(string Name, SchemaRule Rule, bool IsRequired = true);
