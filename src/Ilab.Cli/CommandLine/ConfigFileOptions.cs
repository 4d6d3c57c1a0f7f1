using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;
using Ilab.Configuration.Runs;

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
        ["--input", "--output", "--prompt", "--interactive", "--job"],
    ];

    private static readonly Dictionary<string, (RunKind Kind, Func<RunConfig, RunArguments> Of)> Verbs = new(StringComparer.Ordinal)
    {
        ["model train"] = (RunKind.Train, TrainArguments.Of),
        ["model inference"] = (RunKind.Infer, InferenceArguments.Of),
        ["model serve"] = (RunKind.Infer, InferenceArguments.Serve),
    };

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
            || !Verbs.TryGetValue($"{noun.Name} {command.Name}", out var verb)
            || command.Options.FirstOrDefault(static option => option.Name == "--config") is not Option<string?> option
            || line.GetValue(option) is not { } file
        )
        {
            return null;
        }

        var words = command.Arguments.SelectMany(argument => line.GetResult(argument)?.Tokens ?? []).Select(static token => token.Value).ToList();
        var overrides = words.Where(ConfigOption.IsOverride).ToList();
        var config = await RunFiles.RequireAsync(session, file, verb.Kind, overrides, cancellationToken);
        var arguments = verb.Of(config);
        foreach (var warning in arguments.Warnings.Concat(config.Elsewhere()))
        {
            await session.SayAsync("Warning: " + LintReports.Visible(warning));
        }

        var refusals = arguments.Refusals;
        foreach (var refusal in refusals.SkipLast(1))
        {
            await session.SayAsync("Error: " + LintReports.Visible(refusal));
        }

        if (refusals.Count > 0)
        {
            throw new IlabException(ErrorKind.InvalidArgument, LintReports.Visible(refusals[^1]));
        }

        var options = arguments.Options.Where(item => !IsGiven(line, command, item.Option)).Select(static item => $"{item.Option}={item.Value}").ToList();
        var model =
            arguments.Model is { } name && words.Count == overrides.Count && command.Arguments.Any(static item => item.Name is "BASE" or "MODEL")
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

    private static bool IsGiven(ParseResult line, Command command, string name) =>
        (Groups.FirstOrDefault(group => group.Contains(name)) ?? [name]).Any(other =>
            command.Options.FirstOrDefault(option => option.Name == other || option.Aliases.Contains(other)) is { } option
            && line.GetResult(option) is { Implicit: false }
        );
}
