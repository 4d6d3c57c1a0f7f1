using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Datasets;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Autostart;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;

namespace Ilab.Cli.CommandLine;

/// <summary>
/// <c>__complete WORDS...</c>: candidates for the last word, one per line. Asks a running service for names and prints none when it does not answer in time.
/// </summary>
internal static class CompleteCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    public static Command Create(Session session)
    {
        var words = new Argument<string[]>("WORDS") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("__complete") { words };
        command.Hidden = true;
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(
            async (line, cancellationToken) =>
            {
                string[] given = [.. line.Tokens.Skip(1).Select(static token => token.Value)];
                foreach (var candidate in await CandidatesAsync(session, given, cancellationToken))
                {
                    await session.Out.WriteLineAsync(candidate);
                }

                return 0;
            }
        );
        return command;
    }

    private static async Task<IEnumerable<string>> CandidatesAsync(Session session, string[] words, CancellationToken cancellationToken)
    {
        var last = words.Length > 0 ? words[^1] : "";
        var before = Shortcuts.Expand(session, words.SkipLast(1).ToArray()).Args;
        Command at = CommandTree.Build(session, before, everything: true);
        foreach (var word in before)
        {
            at = at.Subcommands.FirstOrDefault(sub => sub.Name == word || sub.Aliases.Contains(word)) ?? at;
        }

        if (before.Count > 0 && at.Options.FirstOrDefault(option => option.Name == before[^1] || option.Aliases.Contains(before[^1])) is ChoiceOption choice)
        {
            return Matching(choice.Choices, last);
        }

        if (last.StartsWith('-'))
        {
            return Matching(at.Options.Where(static option => !option.Hidden).Select(static option => option.Name), last);
        }

        if (at.Subcommands.Count > 0)
        {
            var shortcuts =
                at is RootCommand
                    ? ShortcutTable.All.Where(static shortcut => shortcut.Kind != ShortcutKind.Advice).Select(static shortcut => shortcut.Name)
                    : [];
            return Matching(at.Subcommands.Where(static sub => !sub.Hidden).Select(static sub => sub.Name).Concat(shortcuts), last);
        }

        var kind = (before.Count > 0 ? before[^1] : "") switch
        {
            "--model-name" or "-m" or "--base" or "--model" => "MODEL",
            "--dataset" => "DATASET",
            _ => at.Arguments.FirstOrDefault()?.Name,
        };
        switch (kind)
        {
            case "KEY":
                return Matching(
                    SettingTable.All.Select(static setting => setting.Key).Concat(SettingTable.Sections.Select(static section => section.Name)),
                    last
                );
            case "KIND":
                return Matching(["train", "eval", "infer"], last);
            default:
                break;
        }

        return Matching(await NamesAsync(session, kind, cancellationToken), last);
    }

    private static IEnumerable<string> Matching(IEnumerable<string> candidates, string start) =>
        candidates.Where(candidate => candidate.StartsWith(start, StringComparison.Ordinal));

    /// <param name="session">Where the service is.</param>
    /// <param name="kind">Name of the argument to complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task<IEnumerable<string>> NamesAsync(Session session, string? kind, CancellationToken cancellationToken)
    {
        if (kind is not ("MODEL" or "SOURCE" or "BASE" or "JOB" or "DATASET" or "PART") || !ServiceStarter.Answers(session.Endpoint().Path))
        {
            return [];
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            var client = await session.ClientAsync(limit.Token, start: false);
            return kind switch
            {
                "JOB" => (await client.Jobs.ListAsync(new ListJobsRequest { All = true }, cancellationToken: limit.Token)).Jobs.Select(static job =>
                    job.Id[..12]
                ),
                "DATASET" or "PART" => (await DataListCommand.ReadAsync(client, [], limit.Token))
                    .Select(static dataset => dataset.Name)
                    .Where(static name => name.Length > 0),
                _ => (await ModelListCommand.ReadAsync(client, [], limit.Token)).Select(static model => model.Name).Where(static name => name.Length > 0),
            };
        }
        catch (Exception exception) when (exception is IlabException or OperationCanceledException)
        {
            return [];
        }
    }
}
