using System.Globalization;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>Answers that are numbers, and the words that may stand for one.</summary>
/// <param name="Least">Inclusive, unless <paramref name="IsAbove"/>.</param>
/// <param name="Most">Inclusive.</param>
/// <param name="IsWhole">Whether there are no fractions.</param>
/// <param name="IsAbove">Whether <paramref name="Least"/> itself is too little.</param>
internal sealed record NumberRule(double Least, double Most, bool IsWhole, bool IsAbove = false)
{
    private const string Digits = "0.################";

    /// <summary>Taken as they are.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    public static NumberRule Whole(long least, long most) => new(least, most, true);

    public static NumberRule Real(double least, double most) => new(least, most, false);

    /// <summary>Above 0.</summary>
    public static NumberRule Rate(double most) => new(0, most, false, IsAbove: true);

    /// <exception cref="FormatException">Says what would be right.</exception>
    public string Read(string answer)
    {
        if (Words.Contains(answer))
        {
            return answer;
        }

        var isNumber = IsWhole
            ? double.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            : double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        return isNumber && value <= Most && (IsAbove ? value > Least : value >= Least)
            ? value.ToString(Digits, CultureInfo.InvariantCulture)
            : throw new FormatException($"\"{answer}\" is not {this}");
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(IsWhole ? "a whole number" : "a number")} {(IsAbove ? $"above {Text(Least)}, at most {Text(Most)}" : $"from {Text(Least)} to {Text(Most)}")}"
        ) + string.Concat(Words.Select(static word => $" or {word}"));

    private static string Text(double value) => value.ToString(Digits, CultureInfo.InvariantCulture);
}
