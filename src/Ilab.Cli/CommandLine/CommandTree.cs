using System.CommandLine;
using System.CommandLine.Help;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Config;
using Ilab.Cli.Commands.Config.Runs;
using Ilab.Cli.Commands.Datasets;
using Ilab.Cli.Commands.Host;
using Ilab.Cli.Commands.Jobs;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Commands.Secrets;
using Ilab.Cli.Commands.Taxonomy;
using Ilab.Cli.Commands.Tokens;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.CommandLine;

/// <summary>
/// The grammar: nouns and their verbs. Only the verb that a command line names is built, because creating every option of every verb takes longer than most
/// commands. Shortcuts such as <c>ilab ls</c> are expanded before parsing and are not part of it.
/// </summary>
internal static class CommandTree
{
    /// <summary>The nouns in the order of help.</summary>
    public static IReadOnlyList<Noun> Nouns { get; } =
    [
        new(
            "model",
            "Download, run, train and manage models",
            [
                new("ls list", ModelListCommand.Create),
                new("inspect", ModelInspectCommand.Create),
                new("import", ModelImportCommand.Create),
                new("download pull", ModelDownloadCommand.Create),
                new("train", ModelTrainCommand.Create),
                new("rm", ModelRemoveCommand.Create),
                new("tag", ModelTagCommand.Create),
                new("cp", ModelCopyCommand.Create),
                new("exists", ModelExistsCommand.Create),
                new("run", static session => TalkVerbs.Run(token => TalkAsync(session, token), session)),
                new("chat", static session => TalkVerbs.Chat(token => TalkAsync(session, token))),
                new("inference", static session => TalkVerbs.Inference(token => TalkAsync(session, token), session, new InferenceBatch(session).RunAsync)),
                new("render", ModelRenderCommand.Create),
                new("embed", ModelEmbedCommand.Create),
                new("load", ModelLoadCommand.Create),
                new("stop", ModelStopCommand.Create),
                new("ps", ModelPsCommand.Create),
                new("top stats", ModelTopCommand.Create),
                new("serve", ModelServeCommand.Create),
                new("prune", ModelPruneCommand.Create),
                new("convert", ModelConvertCommand.Create),
                new("quantize", ModelQuantizeCommand.Create),
            ]
        ),
        new(
            "data",
            "Generate, mix and manage datasets",
            [
                new("generate", DataGenerateCommand.Create),
                new("mix", DataMixCommand.Create),
                new("ls list", DataListCommand.Create),
                new("inspect", DataInspectCommand.Create),
                new("show", DataShowCommand.Create),
                new("import", DataImportCommand.Create),
                new("export", DataExportCommand.Create),
                new("rm", DataRemoveCommand.Create),
            ]
        ),
        new(
            "tax taxonomy",
            "Download, compare and validate taxonomies",
            [new("check", TaxCheckCommand.Create), new("diff", TaxDiffCommand.Create), new("download", TaxDownloadCommand.Create)]
        ),
        new(
            "config",
            "Manage settings, and make files for training, evaluation and inference",
            [
                new("init", ConfigInitCommand.Create),
                new("create", ConfigCreateCommand.Create),
                new("show", ConfigShowCommand.Create),
                new("ls list", ConfigListCommand.Create),
                new("edit", ConfigEditCommand.Create),
                new("rm", ConfigRemoveCommand.Create),
                new("lint", ConfigLintCommand.Create),
                new("migrate", ConfigMigrateCommand.Create),
                new("plan", ConfigPlanCommand.Create),
            ]
        ),
        new(
            "job",
            "Manage background jobs",
            [
                new("ls list", JobListCommand.Create),
                new("inspect", JobInspectCommand.Create),
                new("logs", JobLogsCommand.Create),
                new("attach", JobAttachCommand.Create),
                new("cancel", JobCancelCommand.Create),
                new("wait", JobWaitCommand.Create),
                new("rm", JobRemoveCommand.Create),
            ]
        ),
        new(
            "secret",
            "Manage credentials that other commands use by name",
            [new("create", SecretCreateCommand.Create), new("ls list", SecretListCommand.Create), new("rm", SecretRemoveCommand.Create)]
        ),
        new(
            "token",
            "Manage tokens for the HTTP APIs of the service",
            [new("create", TokenCreateCommand.Create), new("ls list", TokenListCommand.Create), new("rm", TokenRemoveCommand.Create)]
        ),
        new(
            "system",
            "Manage the service, its store and connections",
            [
                new("info", InfoCommand.Create),
                new("check", CheckCommand.Create),
                new("df", DiskUsageCommand.Create),
                new("prune", SystemPruneCommand.Create),
                new("events", EventsCommand.Create),
                new("audit", AuditCommand.Create),
                new("version", VersionCommand.Create),
                new("connection", ConnectionCommands.Create),
                new("start", SystemStartCommand.Create),
                new("stop", SystemStopCommand.Create),
                new("dial-stdio", DialStdioCommand.Create),
            ]
        ),
    ];

    /// <param name="session">The surroundings of the command.</param>
    /// <param name="args">The command line, with shortcuts expanded.</param>
    /// <param name="everything">Builds every verb, for help texts and completion.</param>
    public static RootCommand Build(Session session, IReadOnlyList<string> args, bool everything = false)
    {
        var root = new RootCommand("A model engine: what podman is to containers, for language models");
        root.Directives.Clear();
        root.Options.Clear(); // the built-in --help also answers to /? and /h, which are words of a prompt
        root.Options.Add(new HelpOption("--help", "-h") { Description = "Show help", Action = new HelpText.Action(session) });
        var version = new Option<bool>("--version", "-v") { Description = "Show the version of this client" };
        root.Options.Add(version);
        foreach (var option in session.Globals.All)
        {
            root.Options.Add(option);
        }

        root.SetAction(
            async (line, _) =>
            {
                if (line.GetValue(version))
                {
                    await session.Out.WriteLineAsync($"ilab version {VersionCommand.Client}");
                    return 0;
                }

                await session.SayAsync("Error: no command given; see 'ilab --help'");
                return UsageErrors.ExitCode;
            }
        );
        var (noun, verb) = Words(session.Globals, args);
        foreach (var candidate in Nouns)
        {
            root.Subcommands.Add(candidate.Build(session, everything || (noun is not null && candidate.Answers(noun)), everything ? null : verb));
        }

        root.Subcommands.Add(HelpCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create(session));
        root.Subcommands.Add(CompleteCommand.Create(session));
        root.Subcommands.Add(DocsCommand.Create(session));
        return root;
    }

    /// <summary>Index of the next word that is neither an option nor the value of a global option; -1 when there is none.</summary>
    public static int NextWord(GlobalOptions globals, IReadOnlyList<string> args, int from)
    {
        for (var index = from; index < args.Count && args[index] != "--"; index++)
        {
            if (!args[index].StartsWith('-'))
            {
                return index;
            }

            if (globals.All.Any(option => option.ValueType != typeof(bool) && (option.Name == args[index] || option.Aliases.Contains(args[index]))))
            {
                index++;
            }
        }

        return -1;
    }

    private static (string? Noun, string? Verb) Words(GlobalOptions globals, IReadOnlyList<string> args)
    {
        var noun = NextWord(globals, args, 0);
        var verb = noun < 0 ? -1 : NextWord(globals, args, noun + 1);
        return (noun < 0 ? null : args[noun], verb < 0 ? null : args[verb]);
    }

    private static async Task<TalkContext> TalkAsync(Session session, CancellationToken cancellationToken) =>
        TalkContext.OfProcess(new RemoteGenerations(await session.ClientAsync(cancellationToken)), session.Interrupts);
}
