using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>What a setting is, and why.</summary>
/// <param name="Setting">The row of the table.</param>
/// <param name="Values">One text, the items of a list, or nothing when it is not set and has no default.</param>
/// <param name="Origin">Which kind of source decided.</param>
/// <param name="Source">The file with its line, the variable or the option; empty for a default.</param>
public sealed record SettingValue(Setting Setting, IReadOnlyList<string> Values, SettingOrigin Origin, string Source)
{
    public bool IsDefault => Origin == SettingOrigin.Default;

    /// <summary>The items of a list are joined by commas.</summary>
    public string Text => string.Join(",", Values);
}

/// <summary>A file of settings that was looked for.</summary>
/// <param name="Location">Where, and what it counts as.</param>
/// <param name="File">What it says.</param>
/// <param name="Exists">Whether there is something at the path.</param>
public sealed record ConfSource(ConfLocation Location, ConfFile File, bool Exists);

/// <summary>All settings with their values, and what is wrong with the sources.</summary>
/// <param name="Values">In the order of the table.</param>
/// <param name="Sources">In the order in which they were read.</param>
/// <param name="Problems">Empty = all is valid.</param>
public sealed record SettingsReading(IReadOnlyList<SettingValue> Values, IReadOnlyList<ConfSource> Sources, IReadOnlyList<ConfProblem> Problems)
{
    public SettingValue this[string key] => Values.First(value => value.Setting.Key == key);

    /// <summary>The text of a setting that is not left at its default; null otherwise.</summary>
    public string? Given(string key) => Values.FirstOrDefault(value => value.Setting.Key == key) is { IsDefault: false } value ? value.Text : null;
}
