using System.Globalization;
using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>What can be said of an answer while it is typed.</summary>
internal static class Typing
{
    private static readonly string[] Commands = ["?", "help", "back", "quit"];

    /// <summary>Whether it cannot become an answer, whatever is typed behind it.</summary>
    public static bool IsWrong(WizardQuestion question, string text)
    {
        text = text.Trim();
        return text.Length > 0
            && !Commands.Concat(question.Words).Any(Begins)
            && !question.Choices.Any(choice => Begins(choice.Value))
            && !IsNumberOfChoice(question, text)
            && (question.HasMost ? !CanBeNumber(question, text) : question.Input == WizardInput.Choice);

        bool Begins(string word) => word.StartsWith(text, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsNumberOfChoice(WizardQuestion question, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= question.Choices.Count;

    private static bool CanBeNumber(WizardQuestion question, string text) =>
        text.All(c => char.IsAsciiDigit(c) || (!question.Whole && ".eE-+".Contains(c)))
        && (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value <= question.Most);
}
