namespace Ilab.Engine.Wizard.Conversation;

/// <summary>What comes next: a question, or the result.</summary>
public abstract record WizardStep;

/// <summary>How a question is answered.</summary>
public enum WizardInput
{
    /// <summary>Any text that passes the check.</summary>
    Text,

    /// <summary>One of the choices.</summary>
    Choice,

    /// <summary>One of the choices, or a file of the caller.</summary>
    File,

    /// <summary>A file that is to be written; <c>-</c> = standard output.</summary>
    NewFile,
}

/// <param name="Value">What the answer becomes.</param>
/// <param name="Explanation">A line about it; may be empty.</param>
public sealed record WizardChoice(string Value, string Explanation);

public sealed record WizardQuestion : WizardStep
{
    /// <summary>The key of answers.</summary>
    public required string Id { get; init; }

    /// <summary>A short question.</summary>
    public required string Text { get; init; }

    /// <summary>A few sentences for who asks back.</summary>
    public required string Help { get; init; }

    /// <summary>The option that answers it in advance.</summary>
    public required string Flag { get; init; }

    public WizardInput Input { get; init; }

    /// <summary>From 1, of <see cref="Total"/>.</summary>
    public int Number { get; init; }

    public int Total { get; init; }

    public IReadOnlyList<WizardChoice> Choices { get; init; } = [];

    /// <summary>What an empty answer means; empty = an answer is needed.</summary>
    public string Suggested { get; init; } = "";

    /// <summary>Why that is suggested.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What was wrong with the last answer; empty = nothing.</summary>
    public string Problem { get; init; } = "";

    /// <summary>What is known of the machine, where it helps to answer.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The largest number that an answer may be; null = answers are no numbers.</summary>
    public double? Most { get; init; }

    /// <summary>Whether numbers have no fractions.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What may be answered in the place of a number.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The file as it is so far; empty where it is not asked about.</summary>
    public string Preview { get; init; } = "";
}

/// <summary>A value of the file, and why it is there.</summary>
public sealed record WizardDecision(string Key, string Value, string Reason);

public sealed record WizardResult : WizardStep
{
    /// <summary>The file.</summary>
    public required string Content { get; init; }

    /// <summary>Where the caller wants it; <c>-</c> = standard output.</summary>
    public required string FileName { get; init; }

    /// <summary>Whether the caller wants it to be run.</summary>
    public bool IsToRun { get; init; }

    /// <summary>Words behind <c>ilab</c> that run it, the file left out; empty = nothing here runs it yet.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<WizardDecision> Decisions { get; init; } = [];

    /// <summary>What the caller should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
