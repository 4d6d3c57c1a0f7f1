using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>`__complete WORDS...`: what may come at the last word, one per line. Asks a running service for names, for a moment, and says nothing when it cannot.</summary>
internal static class CompleteCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static Command Create(Session session)
    {
        var words = new Argument<string[]>("WORDS") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("__complete") { words };
        command.Hidden = true;
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (line, cancellationToken) =>
        {
            string[] given = [.. line.Tokens.Skip(1).Select(static token => token.Value)];
            foreach (var candidate in await CandidatesAsync(session, given, cancellationToken))
            {
                await session.Out.WriteLineAsync(candidate);
            }

            return 0;
        });
        return command;
    }

    private static async Task<IEnumerable<string>> CandidatesAsync(Session session, string[] words, CancellationToken cancellationToken)
    {
        Command at = CommandTree.Build(session, words, everything: true);
        var last = words.Length > 0 ? words[^1] : "";
        foreach (var word in words.Take(Math.Max(0, words.Length - 1)))
        {
            at = at.Subcommands.FirstOrDefault(sub => sub.Name == word || sub.Aliases.Contains(word)) ?? at;
        }

        if (last.StartsWith('-'))
        {
            return at.Options.Where(static option => !option.Hidden).Select(static option => option.Name).Where(name => name.StartsWith(last, StringComparison.Ordinal));
        }

        if (at.Subcommands.Count > 0)
        {
            return at.Subcommands.Where(static sub => !sub.Hidden).Select(static sub => sub.Name).Where(name => name.StartsWith(last, StringComparison.Ordinal));
        }

        var names = at.Arguments.FirstOrDefault()?.Name switch { "MODEL" or "NAME" or "SOURCE" => true, "JOB" => false, _ => (bool?)null };
        if (names is null && !words.Contains("--model-name"))
        {
            return [];
        }

        return (await NamesAsync(session, names != false, cancellationToken)).Where(name => name.StartsWith(last, StringComparison.Ordinal));
    }

    private static async Task<IEnumerable<string>> NamesAsync(Session session, bool models, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            if (!ServiceStarter.Answers(session.Endpoint().Path))
            {
                return [];
            }

            var client = await session.ClientAsync(limit.Token, start: false);
            return models
                ? (await ModelListCommand.ReadAsync(client, [], limit.Token)).Select(static model => model.Name).Where(static name => name.Length > 0)
                : (await client.Jobs.ListAsync(new ListJobsRequest { All = true }, cancellationToken: limit.Token)).Jobs.Select(static job => job.Id[..12]);
        }
        catch (Exception exception) when (exception is IlabException or OperationCanceledException)
        {
            return [];
        }
    }
}
