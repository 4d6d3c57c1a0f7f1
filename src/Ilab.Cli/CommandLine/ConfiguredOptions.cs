using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Hosting;
using Ilab.Configuration.Conf;

namespace Ilab.Cli.CommandLine;

/// <summary>
/// Settings as defaults of options: what ilab.conf or a variable says, and the command line does not, is added to the command line. So it is parsed and checked
/// as if it had been typed.
/// </summary>
internal static class ConfiguredOptions
{
    /// <param name="session">Where settings are read from.</param>
    /// <param name="args">The command line, with shortcuts expanded.</param>
    /// <param name="line">What was parsed of it.</param>
    /// <returns>The command line to parse instead; null when nothing is added.</returns>
    /// <exception cref="Ilab.Client.Errors.IlabException">INVALID_ARGUMENT: a file of settings is not valid.</exception>
    public static IReadOnlyList<string>? Complete(Session session, IReadOnlyList<string> args, ParseResult line)
    {
        if (line.Action is HelpText.Action || line.CommandResult.Parent is not CommandResult { Command: not RootCommand and var noun })
        {
            return null;
        }

        var command = line.CommandResult.Command;
        var path = $"{noun.Name} {command.Name}";
        var uses = ClientSettings.All.SelectMany(setting => setting.Uses.Where(use => use.Verb == path).Select(use => (Setting: setting, Use: use))).ToList();
        if (uses.Count == 0)
        {
            return null;
        }

        var settings = session.Settings();
        var (options, arguments) = (new List<string>(), new List<string>());
        foreach (var (setting, use) in uses)
        {
            if (settings[setting.Key] is not { IsDefault: false } value || use.Unless.Any(name => IsGiven(line, command, name)))
            {
                continue;
            }

            if (use.IsOption && !IsGiven(line, command, use.Target))
            {
                options.AddRange(value.Values.Select(text => $"{use.Target}={setting.Type.Canonical(text)}"));
            }
            else if (!use.IsOption && command.Arguments.FirstOrDefault(argument => argument.Name == use.Target) is { } argument && !HasValue(line, argument))
            {
                arguments.Add(value.Text);
            }
        }

        if (options.Count + arguments.Count == 0)
        {
            return null;
        }

        var verb = CommandTree.NextWord(session.Globals, args, CommandTree.NextWord(session.Globals, args, 0) + 1);
        return [.. args.Take(verb + 1), .. options, .. arguments, .. args.Skip(verb + 1)];
    }

    private static bool IsGiven(ParseResult line, Command command, string name) =>
        command.Options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name)) is { } option
        && line.GetResult(option) is { Implicit: false };

    private static bool HasValue(ParseResult line, Argument argument) => line.GetResult(argument) is { Tokens.Count: > 0 };
}
