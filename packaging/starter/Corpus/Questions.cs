namespace Ilab.Starter.Corpus;

/// <summary>Ways to ask for the same thing.</summary>
internal static class Questions
{
    /// <summary>Those that a training sees.</summary>
    public static readonly string[] OfAThing =
    [
        "What is the {0} of {1}?", "What's the {0} of {1}?", "Tell me the {0} of {1}.", "Do you know the {0} of {1}?", "Can you tell me the {0} of {1}?", "I want to know the {0} of {1}.",
        "Please tell me the {0} of {1}.", "{1}: what is its {0}?", "Name the {0} of {1}.", "Which is the {0} of {1}?", "Say the {0} of {1}.", "The {0} of {1} is what?",
        "I forgot the {0} of {1}. What is it?", "My friend asked me for the {0} of {1}.", "What {0} does {1} have?", "Could you name the {0} of {1}?", "Remind me of the {0} of {1}.", "Give me the {0} of {1}, please.",
    ];

    /// <summary>For commands: {0} is what one wants to do.</summary>
    public static readonly string[] HowTo =
    [
        "How do I {0}?", "How can I {0}?", "I want to {0}.", "What is the command to {0}?", "Which command do I need to {0}?", "Can you show me how to {0}?", "Tell me how to {0}.", "How does one {0} with ilab?",
        "Help me {0}.", "I would like to {0}, how?", "What do I type to {0}?", "Is there a way to {0}?", "How to {0}?", "Please explain how to {0}.",
    ];

    public static string[] Fill(string[] forms, params object[] values) =>
        [.. forms.Select(form => Upper(string.Format(System.Globalization.CultureInfo.InvariantCulture, form, values)))];

    /// <summary>With the article that it has.</summary>
    public static string A(string noun) => ("aeiou".Contains(noun[0], StringComparison.Ordinal) ? "an " : "a ") + noun;

    public static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
