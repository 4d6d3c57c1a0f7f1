using System.CommandLine;

namespace Ilab.Cli.Commands.Config.Runs;

/// <summary><c>--config</c> and the overrides of what the file says, for the verbs that run it.</summary>
internal static class ConfigOption
{
    /// <param name="command">The verb; its own arguments are there already.</param>
    /// <param name="kind">What the file describes: <c>training</c> or <c>inference</c>.</param>
    public static void AddTo(Command command, string kind)
    {
        var file = new Option<string?>("--config")
        {
            Description = $"Run config for {kind}; its values are the defaults of the other options. - = standard input",
            HelpName = "FILE",
        };
        var overrides = new Argument<string[]>("SECTION.FIELD=VALUE")
        {
            Description = "With --config: values to use instead of those in the file",
            Arity = ArgumentArity.ZeroOrMore,
        };
        command.Options.Add(file);
        command.Arguments.Add(overrides);
        command.Validators.Add(result =>
        {
            if (result.GetValue(overrides) is [var word, ..])
            {
                result.AddError(IsOverride(word) ? $"{word} overrides a config: --config FILE is needed" : $"Unrecognized command or argument '{word}'");
            }
        });
    }

    /// <summary>Whether a word is an override, and not a name: a path of keys, and an equals sign.</summary>
    public static bool IsOverride(string word)
    {
        var at = word.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && char.IsAsciiLetter(word[0]) && word.AsSpan(0, at).IndexOfAnyExcept(KeyCharacters) < 0;
    }

    private static readonly System.Buffers.SearchValues<char> KeyCharacters = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.[]"
    );
}
