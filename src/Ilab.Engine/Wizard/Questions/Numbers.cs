using System.Globalization;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>Answers that are numbers.</summary>
internal static class Numbers
{
    public static string Whole(string answer, long least, long most) =>
        long.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value.ToString(CultureInfo.InvariantCulture)
            : throw new FormatException($"\"{answer}\" is not a whole number from {least} to {most}");

    /// <param name="least">Inclusive.</param>
    /// <param name="most">Inclusive.</param>
    public static string Real(string answer, double least, double most) =>
        double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value.ToString("0.################", CultureInfo.InvariantCulture)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"\"{answer}\" is not a number from {least} to {most}"));

    /// <summary>Above 0.</summary>
    public static string Rate(string answer, double most) =>
        double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && value <= most
            ? value.ToString("0.################", CultureInfo.InvariantCulture)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"\"{answer}\" is not a number above 0, at most {most}"));

    public static string Flag(string answer) =>
        answer.ToLowerInvariant() switch
        {
            "y" or "yes" or "true" or "on" => "true",
            "n" or "no" or "false" or "off" => "false",
            _ => throw new FormatException($"\"{answer}\" is neither yes nor no"),
        };
}
