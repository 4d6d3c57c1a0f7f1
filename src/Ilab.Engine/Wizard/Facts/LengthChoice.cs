using System.Globalization;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>How long sequences are to be, before memory is looked at.</summary>
/// <param name="Tokens">Per sequence.</param>
/// <param name="IsWhole">Whether no record is longer, as far as was seen.</param>
/// <param name="Reason">One line.</param>
internal sealed record LengthChoice(int Tokens, bool IsWhole, string Reason, double RecordsPerStep, double MeanTokens)
{
    private const int Usual = 2048,
        Least = 256,
        Step = 64,
        RecordsOfAStep = 16,
        FewestStepsPerEpoch = 10;

    private const double Margin = 1.15, // markers of conversations, and tokenizers that come to more
        Covered = 0.99;

    public static LengthChoice Of(TrainingCase known)
    {
        var most = known.Model is { ContextLength: > 0 } model ? model.ContextLength : Usual;
        var (tokens, isWhole, reason) = Choose(known, most);
        var records = known.Records is > 0 and var count ? Math.Clamp(count / (double)FewestStepsPerEpoch, 1, RecordsOfAStep) : RecordsOfAStep;
        return new LengthChoice(tokens, isWhole, reason, records, known.Lengths is { } lengths ? Math.Min(lengths.Mean, tokens) : tokens);
    }

    /// <summary>Sequences of a step: short records share one.</summary>
    public int SequencesPerStep(int length) => (int)Math.Max(1, Math.Ceiling(RecordsPerStep * Math.Min(MeanTokens, length) / length));

    private static (int Tokens, bool IsWhole, string Reason) Choose(TrainingCase known, int most)
    {
        if (known.Given.MaxLength is { } given)
        {
            return (given, false, "as given");
        }

        if (known.Lengths is not { } lengths)
        {
            return known.Model is { ContextLength: > 0 and < Usual }
                ? (most, false, "the model was trained for no more")
                : (Math.Min(Usual, most), false, "usual: how long the records are is not known");
        }

        var needed = Math.Max(Least, Up(lengths.Longest * Margin));
        if (needed <= Math.Min(Usual, most))
        {
            return (needed, true, $"the longest of {lengths.Source} has about {lengths.Longest} tokens");
        }

        var covering = Math.Min(most, Math.Max(Math.Min(Usual, most), Up(lengths.At(Covered) * Margin)));
        var above = lengths.Above(covering);
        return above == 0 ? (covering, true, $"the longest of {lengths.Source} has about {lengths.Longest} tokens")
            : covering == most ? (covering, false, $"the model was trained for no more; {Percent(above)} of {lengths.Source} are longer and are cut")
            : (covering, false, $"99 % of {lengths.Source} have at most {lengths.At(Covered)} tokens; the longest, with {lengths.Longest}, are cut");
    }

    public static string Percent(double share) =>
        share is > 0 and < 0.01 ? "under 1 %" : string.Create(CultureInfo.InvariantCulture, $"{Math.Round(share * 100)} %");

    private static int Up(double tokens) => (int)Math.Min(int.MaxValue / 2, Math.Ceiling(tokens / Step) * Step);
}
