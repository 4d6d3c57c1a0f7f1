using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Datasets;
using Ilab.Cli.Commands.Host;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Commands.Model.Inference;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Commands.Taxonomy;

namespace Ilab.Cli.Hosting;

/// <summary>
/// The whole command line, of which only the part is built that a line can need: making every option of every verb costs more time than most
/// commands take.
/// </summary>
internal static class CommandTree
{
    private static readonly (string Name, string Description, Func<Session, IEnumerable<Command>> Verbs)[] Nouns =
    [
        ("model", "Models: get, look at, run, remove", ModelVerbs),
        ("data", "Datasets: make, get, look at, mix", DatasetVerbs),
        ("tax", "Taxonomies: get, compare, check", TaxonomyVerbs),
        ("job", "Long work: see, follow, cancel", JobVerbs),
        ("system", "The service, its store and its connections", SystemVerbs),
    ];

    private static readonly (string Noun, string Alias)[] NounAliases = [("tax", "taxonomy")];

    private static readonly string[] ModelAliases = ["chat", "download", "pull", "list", "ls", "run", "ps", "rm", "stop", "convert"];

    public static RootCommand Build(Session session, IReadOnlyList<string> args, bool everything = false)
    {
        var root = new RootCommand("A model engine: what podman is to containers, for language models.\n\nSee 'ilab NOUN --help' for the verbs of a noun.");
        if (root.Options.OfType<VersionOption>().FirstOrDefault() is { } builtIn)
        {
            root.Options.Remove(builtIn);
        }

        var version = new Option<bool>("--version", "-v") { Description = "The version of this client" };
        root.Options.Add(version);
        root.Options.Add(session.Globals.Url);
        root.Options.Add(session.Globals.Connection);
        root.Options.Add(session.Globals.Identity);
        root.Options.Add(session.Globals.NoAutostart);
        root.SetAction(async (line, _) =>
        {
            if (line.GetValue(version))
            {
                await session.Out.WriteLineAsync($"ilab version {VersionCommand.Client}");
                return 0;
            }

            await session.Error.WriteLineAsync("Error: a command is needed; see 'ilab --help'");
            return 2;
        });
        var word = FirstWord(args);
        foreach (var (name, description, verbs) in Nouns)
        {
            var noun = new Command(name, description);
            var also = NounAliases.FirstOrDefault(pair => pair.Noun == name).Alias;
            if (also is not null)
            {
                noun.Aliases.Add(also);
            }

            if (everything || word == name || (also is not null && word == also))
            {
                foreach (var verb in verbs(session))
                {
                    noun.Subcommands.Add(verb);
                }
            }

            noun.SetAction(async (_, _) =>
            {
                await session.Error.WriteLineAsync($"Error: ilab {name} needs a verb; see 'ilab {name} --help'");
                return 2;
            });
            root.Subcommands.Add(noun);
        }

        AddFlat(root, session, word, everything);
        return root;
    }

    private static void AddFlat(RootCommand root, Session session, string? word, bool everything)
    {
        root.Subcommands.Add(VersionCommand.Create(session));
        root.Subcommands.Add(CompletionCommand.Create(session));
        root.Subcommands.Add(CompleteCommand.Create(session));
        root.Subcommands.Add(DocsCommand.Create(session));
        if (everything || word == "info")
        {
            root.Subcommands.Add(InfoCommand.Create(session));
        }

        if (everything || word == "events")
        {
            root.Subcommands.Add(EventsCommand.Create(session));
        }

        if (!everything && word is "diff" or "check")
        {
            root.Subcommands.Add(TaxonomyVerbs(session).First(candidate => candidate.Name == word));
            if (session.ErrorIsTerminal)
            {
                session.Error.WriteLine($"hint: 'ilab {word}' is now 'ilab tax {word}'");
            }
        }

        if (!everything && word is "generate")
        {
            root.Subcommands.Add(DatasetVerbs(session).First(static candidate => candidate.Name == "generate"));
            if (session.ErrorIsTerminal)
            {
                session.Error.WriteLine("hint: 'ilab generate' is now 'ilab data generate'");
            }
        }

        if (!everything && word is not null && ModelAliases.Contains(word))
        {
            var target = word switch { "list" => "ls", "pull" => "download", _ => word };
            var verb = ModelVerbs(session).First(candidate => candidate.Name == target);
            if (word is "list" or "pull")
            {
                verb.Aliases.Add(word);
            }

            root.Subcommands.Add(verb);
            if (word is "chat" or "convert" or "download" or "list" && session.ErrorIsTerminal)
            {
                session.Error.WriteLine($"hint: 'ilab {word}' is now 'ilab model {target}'");
            }
        }
    }

    private static IEnumerable<Command> ModelVerbs(Session session)
    {
        yield return ModelListCommand.Create(session);
        yield return ModelInspectCommand.Create(session);
        yield return ModelImportCommand.Create(session);
        yield return ModelDownloadCommand.Create(session);
        yield return ModelTrainCommand.Create(session);
        yield return ModelRemoveCommand.Create(session);
        yield return ModelTagCommand.Create(session);
        yield return ModelCopyCommand.Create(session);
        yield return ModelExistsCommand.Create(session);
        yield return TalkVerbs.Run(token => TalkAsync(session, token));
        yield return TalkVerbs.Chat(token => TalkAsync(session, token));
        yield return TalkVerbs.Inference(token => TalkAsync(session, token));
        yield return ModelLoadCommand.Create(session);
        yield return ModelStopCommand.Create(session);
        yield return ModelPsCommand.Create(session);
        yield return ModelPruneCommand.Create(session);
        yield return ModelConvertCommand.Create(session);
        yield return ModelQuantizeCommand.Create(session);
    }

    private static IEnumerable<Command> DatasetVerbs(Session session)
    {
        yield return DataGenerateCommand.Create(session);
        yield return DataMixCommand.Create(session);
        yield return DataListCommand.Create(session);
        yield return DataInspectCommand.Create(session);
        yield return DataShowCommand.Create(session);
        yield return DataImportCommand.Create(session);
        yield return DataExportCommand.Create(session);
        yield return DataRemoveCommand.Create(session);
    }

    private static IEnumerable<Command> TaxonomyVerbs(Session session)
    {
        yield return TaxCheckCommand.Create(session);
        yield return TaxDiffCommand.Create(session);
        yield return TaxDownloadCommand.Create(session);
    }

    private static IEnumerable<Command> JobVerbs(Session session)
    {
        yield return JobListCommand.Create(session);
        yield return JobInspectCommand.Create(session);
        yield return JobLogsCommand.Create(session);
        yield return JobAttachCommand.Create(session);
        yield return JobCancelCommand.Create(session);
        yield return JobWaitCommand.Create(session);
        yield return JobRemoveCommand.Create(session);
    }

    private static IEnumerable<Command> SystemVerbs(Session session)
    {
        yield return InfoCommand.Create(session);
        yield return CheckCommand.Create(session);
        yield return DiskUsageCommand.Create(session);
        yield return SystemPruneCommand.Create(session);
        yield return EventsCommand.Create(session);
        yield return VersionCommand.Create(session);
        yield return ConnectionCommands.Create(session);
        yield return SystemStartCommand.Create(session);
        yield return SystemStopCommand.Create(session);
        yield return DialStdioCommand.Create(session);
    }

    private static async Task<TalkContext> TalkAsync(Session session, CancellationToken cancellationToken) =>
        TalkContext.OfProcess(new RemoteGenerations(await session.ClientAsync(cancellationToken)), session.Interrupts);

    private static string? FirstWord(IReadOnlyList<string> args)
    {
        for (var index = 0; index < args.Count; index++)
        {
            if (!args[index].StartsWith('-'))
            {
                return args[index];
            }

            if (args[index] is "--url" or "--connection" or "-c" or "--identity")
            {
                index++;
            }
        }

        return null;
    }
}
