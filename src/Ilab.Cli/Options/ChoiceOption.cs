using System.CommandLine;

namespace Ilab.Cli.Options;

/// <summary>An option that takes one of a few words. The words are completed, shown in help and named when another one is given.</summary>
internal sealed class ChoiceOption : Option<string?>
{
    public ChoiceOption(string name, params string[] choices)
        : base(name)
    {
        Choices = choices;
        CompletionSources.Add(choices);
        Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !choices.Contains(result.Tokens[^1].Value))
            {
                result.AddError($"{name}: expected {Join(choices)}, not \"{result.Tokens[^1].Value}\"");
            }
        });
    }

    public IReadOnlyList<string> Choices { get; }

    /// <summary>The value when the option is not given; null leaves it unset.</summary>
    public string? Default
    {
        init => DefaultValueFactory = value is null ? null! : _ => value;
    }

    /// <summary><c>a, b or c</c>.</summary>
    public static string Join(IReadOnlyList<string> choices) => choices.Count == 1 ? choices[0] : $"{string.Join(", ", choices.SkipLast(1))} or {choices[^1]}";
}
