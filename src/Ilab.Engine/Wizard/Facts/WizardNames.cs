namespace Ilab.Engine.Wizard.Facts;

/// <summary>How models are named and counted in sentences.</summary>
internal static class WizardNames
{
    private const string Usual = ":latest";

    /// <summary>Without the tag <c>latest</c>.</summary>
    public static string Short(string name) => name.EndsWith(Usual, StringComparison.Ordinal) ? name[..^Usual.Length] : name;

    /// <summary>Parameters as <c>2.5B</c>, <c>15M</c>, <c>293K</c>.</summary>
    public static string Count(ulong value) =>
        value switch
        {
            >= 1_000_000_000 => FormattableString.Invariant($"{value / 1e9:0.0}B"),
            >= 1_000_000 => FormattableString.Invariant($"{value / 1e6:0}M"),
            _ => FormattableString.Invariant($"{value / 1e3:0}K"),
        };
}
