using System.Globalization;

namespace Ilab.Configuration.Settings;

/// <summary>What a setting may be: its kind and range for documentation and completion, and the check of a text.</summary>
/// <param name="Name">One word or two: <c>integer</c>, <c>text</c>.</param>
/// <param name="Range">What of that kind is allowed, in words; empty = anything.</param>
/// <param name="Check">Throws <see cref="FormatException"/> that says what would be right.</param>
public sealed record SettingType(string Name, string Range, Action<string> Check)
{
    /// <summary>Of a number: <c>tokens</c>, <c>steps</c>; empty = none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The words that are allowed; empty = not a choice.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether a file may give several values.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether it names a file or directory: <c>~/</c> in a file of settings is the user's home.</summary>
    public bool IsPath { get; init; }

    /// <summary>Any text of at least one character.</summary>
    public static SettingType Text { get; } = new("text", "", static _ => { });

    /// <summary>A file or directory; relative paths are relative to where the command runs.</summary>
    public static SettingType Path { get; } = new("path", "", static _ => { }) { IsPath = true };

    /// <summary>Several texts.</summary>
    public static SettingType List { get; } = new("list", "", static _ => { }) { IsList = true };

    public static SettingType Flag { get; } = new("yes or no", "true, false", static text => Boolean(text)) { Choices = ["true", "false"] };

    public static SettingType Duration { get; } = new("duration", "30s, 5m, 2h; -1 = forever", static text => Values.Duration(text));

    public static SettingType Size { get; } = new("size", "512M, 8G", static text => Values.Bytes(text));

    public static SettingType Device { get; } = new("device", "auto, cpu, cuda0, cuda1, ...", static text => Values.Device(text));

    /// <summary>An address of a collector.</summary>
    public static SettingType WebAddress { get; } = new("address", "http://HOST:PORT", static text => Values.HttpAddress(text));

    public static SettingType Integer(ulong least, ulong most, string unit = "") =>
        new(
            "integer",
            Between(least.ToString(CultureInfo.InvariantCulture), most >= ulong.MaxValue ? "" : most.ToString(CultureInfo.InvariantCulture)),
            text =>
            {
                if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < least || value > most)
                {
                    throw new FormatException($"\"{text}\" is not an integer from {least} to {most}");
                }
            }
        )
        {
            Unit = unit,
        };

    /// <param name="least">Inclusive.</param>
    /// <param name="most">Inclusive.</param>
    /// <param name="unit">Of the value.</param>
    public static SettingType Real(double least, double most, string unit = "") =>
        new(
            "number",
            Between(Shown(least), double.IsPositiveInfinity(most) ? "" : Shown(most)),
            text =>
            {
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value >= least && value <= most))
                {
                    throw new FormatException(
                        double.IsPositiveInfinity(most)
                            ? $"\"{text}\" is not a number, {Shown(least)} or more"
                            : $"\"{text}\" is not a number from {Shown(least)} to {Shown(most)}"
                    );
                }
            }
        )
        {
            Unit = unit,
        };

    public static SettingType Choice(params string[] choices) =>
        new("choice", string.Join(", ", choices), text => Values.OneOf(text, choices)) { Choices = choices };

    /// <param name="usualPort">Of <c>on</c>, and where none is given.</param>
    public static SettingType Endpoint(int usualPort) =>
        new("address", $"off, on, PORT, ADDRESS[:PORT]; the usual port is {usualPort}", text => Values.Endpoint(text, usualPort));

    /// <param name="word">A word that stands for something else than a value of the type.</param>
    /// <param name="other">The type of all others.</param>
    public static SettingType Or(string word, SettingType other) =>
        other with
        {
            Range = other.Range.Length > 0 ? $"{word}; {other.Range}" : word,
            Check = text =>
            {
                if (text != word)
                {
                    other.Check(text);
                }
            },
        };

    /// <summary>A valid text as options take it: of a switch, true or false.</summary>
    public string Canonical(string text) =>
        !ReferenceEquals(this, Flag) ? text
        : Boolean(text) ? "true"
        : "false";

    /// <exception cref="FormatException">Neither true nor false.</exception>
    public static bool Boolean(string text) =>
        text.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" or "1" => true,
            "false" or "no" or "off" or "0" => false,
            _ => throw new FormatException($"\"{text}\" is neither true nor false"),
        };

    private static string Between(string least, string most) => most.Length == 0 ? $"{least} or more" : $"{least} to {most}";

    private static string Shown(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
