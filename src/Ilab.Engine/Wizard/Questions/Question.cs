using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>A question: what it asks, what it suggests, and which answers it takes.</summary>
/// <param name="Id">Key of its answer.</param>
/// <param name="Text">What is asked.</param>
/// <param name="Help">For who asks back: a few sentences.</param>
internal sealed record Question(string Id, string Text, string Help)
{
    /// <summary>Whether it is asked with --advanced only.</summary>
    public bool IsAdvanced { get; init; }

    public WizardInput Input { get; init; }

    /// <summary>The field of the file that it sets: a file to start from suggests its value; null = none.</summary>
    public string? Path { get; init; }

    /// <summary>The field that has the value where <see cref="Path"/> has none; null = none.</summary>
    public string? OtherPath { get; init; }

    /// <summary>Whether it makes sense now.</summary>
    public Func<WizardState, bool> Applies { get; init; } = static _ => true;

    public Func<WizardState, IReadOnlyList<WizardChoice>> Choices { get; init; } = static _ => [];

    /// <summary>What an empty answer means; null = an answer is needed.</summary>
    public Func<WizardState, Suggestion?> Suggest { get; init; } = static _ => null;

    /// <summary>The value that an answer stands for; throws <see cref="FormatException"/> that says what would be right.</summary>
    public Func<WizardState, string, string> Check { get; init; } = static (_, answer) => answer;

    /// <summary>Takes the place of <see cref="Check"/> where answers are numbers; front ends see it, too.</summary>
    public NumberRule? Rule { get; init; }

    public Func<WizardState, IReadOnlyList<string>> Notes { get; init; } = static _ => [];

    /// <summary>Whether the file is shown with it.</summary>
    public bool ShowsPreview { get; init; }

    /// <summary>Whether a number is a value of its own where it is not the number of a choice.</summary>
    public bool TakesNumbers { get; init; }

    /// <summary>Whether an option of its own answers it in advance; the others share one.</summary>
    public bool HasOption { get; init; }

    /// <summary>What answers it in advance, as it is typed.</summary>
    public string Flag => HasOption ? Name : $"{Name}=VALUE";

    /// <summary>What a complaint about a value that was given begins with.</summary>
    public string Name => HasOption ? "--" + Id : "--set " + Id;

    /// <summary>Words that are taken beside choices and numbers.</summary>
    public IReadOnlyList<string> Words => Rule?.Words ?? (IsSwitch ? ["yes", "no"] : []);

    /// <summary>Whether it sets a field that is true or false.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Whether a guess is not good enough where nobody is asked.</summary>
    public bool IsRequired { get; init; }

    /// <summary>What would be taken if nothing were answered, and why: what is known already, else what the rule says.</summary>
    public Suggestion? Suggestion(WizardState state) => Known(state) ?? Suggest(state);

    /// <summary>The value of the file that the conversation starts from, else the caller's usual one.</summary>
    public Suggestion? Known(WizardState state) =>
        Existing(state) is { } existing && Accepts(state, existing) ? new Suggestion(existing, $"as in {state.Request.From!.Name}")
        : state.Request.Usual.TryGetValue(Id, out var usual) && usual.Length > 0 && Accepts(state, usual) ? new Suggestion(usual, "as in ilab.conf")
        : null;

    /// <summary>An answer as a value: the number of a choice, one of its words, or a text that passes the check.</summary>
    /// <param name="isTyped">Whether it was typed below the choices: only then is a number one of them.</param>
    /// <exception cref="FormatException">It is none; the message says what would be right.</exception>
    public string Read(WizardState state, string answer, bool isTyped = false)
    {
        answer = answer.Trim();
        var choices = Choices(state);
        if (
            isTyped
            && int.TryParse(answer, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && choices.Count > 0
        )
        {
            return number >= 1 && number <= choices.Count ? choices[number - 1].Value
                : TakesNumbers ? Checked(state, answer)
                : throw new FormatException($"there are {choices.Count} choices: type a number from 1 to {choices.Count}");
        }

        if (Input == WizardInput.Choice && choices.All(choice => choice.Value != answer))
        {
            if (IsSwitch && answer.Length > 0 && Words.FirstOrDefault(word => word.StartsWith(answer, StringComparison.OrdinalIgnoreCase)) is { } word)
            {
                return word == "yes" ? "true" : "false";
            }

            var begun = choices.Where(choice => answer.Length > 0 && choice.Value.StartsWith(answer, StringComparison.OrdinalIgnoreCase)).ToList();
            return begun.Count == 1
                ? begun[0].Value
                : throw new FormatException($"\"{answer}\" is none of {string.Join(", ", choices.Select(static choice => choice.Value))}");
        }

        return answer.Any(char.IsControl) ? throw new FormatException("the answer has control characters in it") : Checked(state, answer);
    }

    private string Checked(WizardState state, string answer) => Rule is { } rule ? rule.Read(answer) : Check(state, answer);

    /// <summary>What the file that the conversation starts from says; null = nothing.</summary>
    public string? Existing(WizardState state) =>
        new[] { Path, OtherPath }.OfType<string>().Select(path => state.Source?.Find(path)).FirstOrDefault(static text => text is not null);

    private bool Accepts(WizardState state, string value)
    {
        try
        {
            Read(state, value);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
