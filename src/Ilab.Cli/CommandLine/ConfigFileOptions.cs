using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.CommandLine;

/// <summary>
/// <c>--config FILE SECTION.FIELD=VALUE...</c>: what the file says is added to the command line where the user said nothing, and parsed and checked as if it
/// had been typed. Options beat overrides, overrides beat the file.
/// </summary>
internal static class ConfigFileOptions
{
    /// <summary>Options that say the same thing in two ways: one that was given leaves out the others.</summary>
    private static readonly string[][] Groups =
    [
        ["--steps", "--epochs"],
        ["--model-name", "--checkpoint"],
        ["--input", "--prompt", "--interactive", "--job"],
    ];

    /// <summary>Where the answers go is said apart from the questions, as long as there are many.</summary>
    private static readonly string[] OutputGroup = ["--output", "--prompt", "--interactive", "--job"];

    private static readonly string[] Verbs = ["model train", "model inference", "model serve"];

    /// <returns>The command line to parse instead; null when no file is named.</returns>
    /// <exception cref="IlabException">INVALID_ARGUMENT: the file cannot be used, or not by this verb.</exception>
    public static async Task<IReadOnlyList<string>?> CompleteAsync(
        Session session,
        IReadOnlyList<string> args,
        ParseResult line,
        CancellationToken cancellationToken
    )
    {
        var command = line.CommandResult.Command;
        if (
            line.Action is HelpText.Action
            || line.CommandResult.Parent is not CommandResult { Command: { } noun }
            || !Verbs.Contains($"{noun.Name} {command.Name}")
            || command.Options.FirstOrDefault(static option => option.Name == "--config") is not Option<string?> option
            || line.GetResult(option)?.Tokens is not [{ Value: var file }]
            || line.Errors.Any(static error => error.SymbolResult is OptionResult { Implicit: false }) // they are reported instead
        )
        {
            return null;
        }

        var words = command.Arguments.SelectMany(argument => line.GetResult(argument)?.Tokens ?? []).Select(static token => token.Value).ToList();
        var overrides = words.Where(ConfigOption.IsOverride).ToList();
        var request = new ExpandRunConfigRequest
        {
            File = await RunFiles.ReadAsync(file, null, cancellationToken),
            Verb = $"{noun.Name} {command.Name}",
            Overrides = { overrides },
        };
        session.Read(line);
        var client = await session.ClientAsync(cancellationToken);
        var arguments = await client.RunConfigs.ExpandAsync(request, cancellationToken: cancellationToken);
        foreach (var warning in arguments.Warnings)
        {
            await session.SayAsync("Warning: " + LintReports.Visible(warning));
        }

        foreach (var error in arguments.Errors.SkipLast(1))
        {
            await session.SayAsync("Error: " + LintReports.Visible(error));
        }

        if (arguments.Errors is [.., var last])
        {
            throw new IlabException(ErrorKind.InvalidArgument, LintReports.Visible(last));
        }

        var options = arguments.Options.Where(item => !IsGiven(line, command, item.Name)).Select(static item => $"{item.Name}={item.Value}").ToList();
        var model =
            arguments.Model is { Length: > 0 } name && words.Count == overrides.Count && command.Arguments.Any(static item => item.Name is "BASE" or "MODEL")
                ? [name]
                : Array.Empty<string>();
        var at = CommandTree.NextWord(session.Globals, args, CommandTree.NextWord(session.Globals, args, 0) + 1);
        return [.. args.Take(at + 1), .. options, .. model, .. Without(args.Skip(at + 1), overrides)];
    }

    private static IEnumerable<string> Without(IEnumerable<string> args, List<string> overrides)
    {
        var left = new List<string>(overrides);
        return args.Where(word => !left.Remove(word));
    }

    /// <summary>Whether the command line says what an option of the file would say.</summary>
    internal static bool IsGiven(ParseResult line, Command command, string name) =>
        (name == OutputGroup[0] ? OutputGroup : Groups.FirstOrDefault(group => group.Contains(name)) ?? [name]).Any(other =>
            command.Options.FirstOrDefault(option => option.Name == other || option.Aliases.Contains(other)) is { } option
            && line.GetResult(option) is { Implicit: false }
        );
}
