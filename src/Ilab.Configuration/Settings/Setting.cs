namespace Ilab.Configuration.Settings;

/// <summary>Which program takes a setting.</summary>
public enum SettingReader
{
    /// <summary><c>ilab</c>, for each command.</summary>
    Client,

    /// <summary><c>ilabd</c>, when it starts.</summary>
    Service,
}

/// <summary>Where a setting is the default of an option or argument.</summary>
/// <param name="Verb">Noun and verb: <c>model train</c>.</param>
/// <param name="Target">The option with its dashes, or the name of the argument.</param>
/// <param name="Unless">Options that rule it out: where one of them is given, the setting is not used.</param>
public sealed record SettingUse(string Verb, string Target, params string[] Unless)
{
    public bool IsOption => Target.StartsWith('-');
}

/// <summary>
/// A row of the table of settings. Defaults, validation, completion, the commented file of <c>config init</c> and docs/settings.md all come from it.
/// </summary>
/// <param name="Section">Top-level key in ilab.conf.</param>
/// <param name="Name">Key in the section, and the name of the option without its dashes.</param>
/// <param name="Type">What it may be.</param>
/// <param name="Default">As text; empty = none, or decided when it is needed.</param>
/// <param name="Meaning">A sentence without its full stop, for help and documentation.</param>
public record Setting(string Section, string Name, SettingType Type, string Default, string Meaning)
{
    public string Key => $"{Section}.{Name}";

    /// <summary>The environment variable of the same meaning.</summary>
    public string Variable { get; init; } = $"ILAB_{Section}_{Name}".Replace('-', '_').ToUpperInvariant();

    /// <summary>Whether the variable means true whatever its value is, as long as it has one.</summary>
    public bool IsSwitchVariable { get; init; }

    public SettingReader Reader { get; init; } = SettingReader.Client;

    /// <summary>The options and arguments whose default it is.</summary>
    public IReadOnlyList<SettingUse> Uses { get; init; } = [];

    /// <summary>The default in words where there is no text for it; shown in place of <see cref="Default"/>.</summary>
    public string DefaultInWords { get; init; } = "";

    /// <summary>What is shown as the default.</summary>
    public string ShownDefault => Default.Length > 0 ? Default : DefaultInWords;
}
