using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Ilab.Cli.CommandLine;

/// <summary>Explains a command line that does not fit the grammar: one line that says what to type.</summary>
internal static class UsageErrors
{
    public const int ExitCode = 2;

    /// <returns>The line without <c>Error: </c>; null when the command line is right, or asks for help.</returns>
    public static string? Of(ParseResult line)
    {
        var command = line.CommandResult.Command;
        if (command.Hidden)
        {
            return null;
        }

        var path = PathOf(line.CommandResult);
        var unmatched = line.UnmatchedTokens.Count > 0 ? line.UnmatchedTokens[0] : null;
        if (unmatched is not null && !IsOption(unmatched) && command.Subcommands.Count > 0)
        {
            return UnknownCommand(command, path, unmatched);
        }

        if (line.Action is HelpText.Action)
        {
            return null;
        }

        if (UnknownOption(line) is { } option)
        {
            return option
                + Suggest(Spellings(line.CommandResult), option[(option.LastIndexOf(' ') + 1)..], path)
                + (command.Arguments.Any(static argument => argument.Arity.MaximumNumberOfValues > 1) ? " (after -- everything is an argument)" : "");
        }

        if (unmatched is not null)
        {
            return $"unexpected argument \"{unmatched}\"; see '{path} --help'";
        }

        return line.Errors.Count == 0 ? null : Explain(line, path);
    }

    private static string PathOf(CommandResult result)
    {
        var path = new List<string>();
        for (SymbolResult? at = result; at is CommandResult { Command: not RootCommand } named; at = at.Parent)
        {
            path.Insert(0, named.Command.Name);
        }

        return string.Join(' ', path.Prepend("ilab"));
    }

    /// <summary>-x, --word and --word=value; not a lone dash, a number or a sentence.</summary>
    private static bool IsOption(string word)
    {
        var name = NameOf(word);
        return name.Length > 1 && name[0] == '-' && char.IsAsciiLetter(name[1] == '-' && name.Length > 2 ? name[2] : name[1]) && !name.Any(char.IsWhiteSpace);
    }

    private static string NameOf(string word) => word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals ? word[..equals] : word;

    /// <summary>A misspelt option that the parser took for an argument. After <c>--</c> everything is an argument.</summary>
    private static string? UnknownOption(ParseResult line)
    {
        var options = line
            .Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash)
            .Where(static token => token.Type == TokenType.Argument && IsOption(token.Value))
            .ToList();
        if (options.Count == 0)
        {
            return null;
        }

        // The value of an option may look like one: only what was left to arguments counts.
        var values = line
            .CommandResult.Children.OfType<OptionResult>()
            .SelectMany(static option => option.Tokens)
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return options.Find(token => !values.Contains(token)) is { } unknown ? $"unknown option {NameOf(unknown.Value)}" : null;
    }

    private static IEnumerable<string> Spellings(CommandResult result)
    {
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            foreach (var option in command.Command.Options.Where(option => !option.Hidden && (command == result || option.Recursive)))
            {
                yield return option.Name;
                foreach (var alias in option.Aliases)
                {
                    yield return alias;
                }
            }
        }
    }

    private static string UnknownCommand(Command command, string path, string word)
    {
        if (command is not RootCommand)
        {
            return $"'{path}' has no command \"{word}\""
                + Suggest(command.Subcommands.Where(static sub => !sub.Hidden).SelectMany(static sub => sub.Aliases.Prepend(sub.Name)), word, path);
        }

        var homes = CommandTree.Nouns.Where(noun => noun.Verbs.Any(verb => verb.Answers(word))).Select(noun => $"'ilab {noun.Name} {word}'").ToList();
        var known = command
            .Subcommands.Where(static sub => !sub.Hidden)
            .SelectMany(static sub => sub.Aliases.Prepend(sub.Name))
            .Concat(ShortcutTable.All.Where(static shortcut => shortcut.Kind != ShortcutKind.Advice).Select(static shortcut => shortcut.Name));
        return $"unknown command \"{word}\"" + (homes.Count > 0 ? $"; did you mean {string.Join(" or ", homes)}?" : Suggest(known, word, path));
    }

    private static string Suggest(IEnumerable<string> known, string word, string path) =>
        Output.Spelling.Closest(known, word) is { } meant ? $"; did you mean {meant}?" : $"; see '{path} --help'";

    private static string Explain(ParseResult line, string path)
    {
        var missing = line
            .CommandResult.Command.Options.Where(option => option.Required && line.GetResult(option) is null or { Implicit: true })
            .Select(WithValue)
            .ToList();
        var arguments = line
            .CommandResult.Command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > (line.GetResult(argument)?.Tokens.Count ?? 0))
            .Select(static argument => argument.Name)
            .ToList();
        if (missing.Count + arguments.Count > 0 && line.Errors.All(static error => error.SymbolResult is not OptionResult { Implicit: false }))
        {
            var all = arguments.Concat(missing).ToList();
            return $"{string.Join(" and ", all)} {(all.Count == 1 ? "is" : "are")} required; see '{path} --help'";
        }

        var error = line.Errors[0];
        var problem = error.SymbolResult switch
        {
            OptionResult option => OfOption(option),
            ArgumentResult { Parent: OptionResult option } => OfOption(option),
            ArgumentResult argument when !Fits(argument.Argument.ValueType, argument.Tokens) =>
                $"{argument.Argument.Name}: expected {Expected(argument.Argument.ValueType)}, not \"{argument.Tokens[^1].Value}\"",
            _ => null,
        };
        return $"{problem ?? error.Message.ReplaceLineEndings(" ").TrimEnd('.')}; see '{path} --help'";
    }

    private static string? OfOption(OptionResult result)
    {
        var (option, tokens) = (result.Option, result.Tokens);
        if (tokens.Count < option.Arity.MinimumNumberOfValues)
        {
            return $"{WithValue(option)}: the value is missing";
        }

        if (tokens.Count > option.Arity.MaximumNumberOfValues)
        {
            return $"{option.Name} can be given only once";
        }

        return Fits(option.ValueType, tokens) ? null : $"{option.Name}: expected {Expected(option.ValueType)}, not \"{tokens[^1].Value}\"";
    }

    private static string WithValue(Option option) => HelpText.ValueName(option) is { Length: > 0 } value ? $"{option.Name} {value}" : option.Name;

    private static bool Fits(Type type, IReadOnlyList<Token> tokens) =>
        tokens.Count == 0
        || (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var t when t == typeof(uint) => uint.TryParse(tokens[^1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            var t when t == typeof(ulong) => ulong.TryParse(tokens[^1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            var t when t == typeof(int) => int.TryParse(tokens[^1].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            var t when t == typeof(float) || t == typeof(double) => double.TryParse(tokens[^1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            var t when t == typeof(bool) => bool.TryParse(tokens[^1].Value, out _),
            _ => true,
        };

    private static string Expected(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var t when t == typeof(uint) || t == typeof(ulong) => "a whole number, 0 or more",
            var t when t == typeof(int) => "a whole number",
            var t when t == typeof(bool) => "true or false",
            _ => "a number such as 0.5 or 2e-4",
        };
}
