using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Service;

/// <summary>A setting of ilabd.</summary>
public sealed record ServiceSetting : Setting
{
    /// <summary>The section of ilab.conf; in ilabd.conf and after <c>--</c> the name stands alone.</summary>
    public const string SectionName = "service";

    /// <param name="name">As in the file and after <c>--</c>; upper case with '_' after <c>ILAB_</c> in the environment.</param>
    /// <param name="type">What it may be.</param>
    /// <param name="meaning">For the help.</param>
    /// <param name="usual">The default as text; empty = decided at start.</param>
    /// <param name="apply">Sets it; throws <see cref="FormatException"/> saying what would be right.</param>
    public ServiceSetting(string name, SettingType type, string meaning, string usual, Func<ServiceOptions, string, ServiceOptions> apply)
        : base(SectionName, name, type, usual, meaning)
    {
        Apply = apply;
        Reader = SettingReader.Service;
        Variable = "ILAB_" + name.Replace('-', '_').ToUpperInvariant();
    }

    public Func<ServiceOptions, string, ServiceOptions> Apply { get; }

    /// <summary>What the option means without a value; null = it needs one.</summary>
    public string? Bare { get; init; }
}
