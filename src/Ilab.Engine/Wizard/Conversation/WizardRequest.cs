namespace Ilab.Engine.Wizard.Conversation;

/// <summary>What a file is to be for.</summary>
public enum WizardKind
{
    Train,
    Evaluate,
    Infer,
}

/// <summary>An answer to a question, as it was typed: empty = what was suggested; the number of a choice stands for it.</summary>
public sealed record WizardAnswer(string Question, string Value);

/// <summary>A file to start from.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Text">Its content.</param>
public sealed record WizardSource(string Name, string Text);

/// <summary>
/// A conversation so far. It holds all that the next step depends on beside the machine, so nothing has to be kept between two steps, and going back is
/// leaving out the last answer.
/// </summary>
public sealed record WizardRequest
{
    public required WizardKind Kind { get; init; }

    /// <summary>By question: what the caller knows already. These questions are not asked.</summary>
    public IReadOnlyDictionary<string, string> Given { get; init; } = new Dictionary<string, string>();

    /// <summary>By question: what the caller suggests, such as the user's usual model.</summary>
    public IReadOnlyDictionary<string, string> Usual { get; init; } = new Dictionary<string, string>();

    /// <summary>In the order in which the questions were asked.</summary>
    public IReadOnlyList<WizardAnswer> Answers { get; init; } = [];

    /// <summary>Whether the questions are asked that otherwise only have a default.</summary>
    public bool IsAdvanced { get; init; }

    /// <summary>Whether nobody can be asked: what is missing is an error.</summary>
    public bool IsSilent { get; init; }

    /// <summary>
    /// Opens a file that an answer names, with the rights of the caller; throws what says why not. Null = files of the caller cannot be read.
    /// </summary>
    public Func<string, Stream>? OpenFile { get; init; }

    /// <summary>Null = nothing.</summary>
    public WizardSource? From { get; init; }
}
