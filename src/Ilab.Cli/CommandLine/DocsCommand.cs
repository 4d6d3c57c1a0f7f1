using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.CommandLine;

/// <summary><c>__docs</c>: prints docs/cli.md, generated from the command tree. A test compares it with the file.</summary>
internal static class DocsCommand
{
    private const string Introduction = """
        # Command line reference

        `ilab NOUN VERB [OPTIONS] ARGUMENTS`. Generated from the command tree by `ilab __docs`.

        Results go to standard output; progress, messages and prompts go to standard error. An error is one line: `Error: what failed; what to do`.

        | exit code | meaning |
        |---|---|
        | 0 | success |
        | 1 | negative answer (`exists`, `check`), or the job failed |
        | 2 | usage: unknown command or option, invalid value or name |
        | 124 | timed out |
        | 125 | the service, the connection to it or a local file failed |
        | 126 | the model exists but cannot be loaded: not a GGUF file, damaged, unknown architecture, too large |
        | 127 | no such model, dataset, job, file or connection |
        | 130 | interrupted or cancelled |

        The service is chosen by `--url`, `ILAB_HOST`, `--connection` or `ILAB_CONNECTION`, the section `connection` of `ilab.conf`
        ([settings.md](settings.md)), `ILAB_ROOT`, the default connection, the socket of the user, the socket of the system, in this order. When no service
        listens on the socket of the user, it is started, unless `--no-autostart` or `ILAB_NO_AUTOSTART` is set.

        `--format` takes `json`, `table`, or a Go template: `{{.Name}}`, nested fields, `{{json .Field}}`, `{{upper .Field}}`, `{{lower .Field}}`, `{{len
        .Field}}`, `{{join .List ","}}`, `{{range .List}}...{{end}}`; `table TEMPLATE` adds headings.

        Defaults of many options can be set in `ilab.conf` and by environment variables: [settings.md](settings.md).

        Words after `--` are arguments, whatever they begin with. Sizes use decimal units: 1 MB is 1,000,000 bytes.

        Help is wrapped to the terminal: `COLUMNS` if it is set, else its width, at most 120 columns. On a terminal a shortcut says once what it is short for.


        """;

    public static Command Create(Session session)
    {
        var command = new Command("__docs") { Hidden = true };
        command.SetAction(
            async (_, _) =>
            {
                await session.Out.WriteAsync(Write(session));
                return 0;
            }
        );
        return command;
    }

    public static string Write(Session session)
    {
        var root = CommandTree.Build(session, [], everything: true);
        var text = new StringBuilder(Introduction);
        text.Append("## Global options\n");
        Options(text, root);
        Shortcuts(text);
        foreach (var noun in root.Subcommands.Where(static sub => !sub.Hidden))
        {
            Section(text, noun, "ilab", 2);
        }

        return text.ToString();
    }

    private static void Shortcuts(StringBuilder text)
    {
        text.Append(
            "\n## Shortcuts\n\nThese work without a noun: the commands of InstructLab and the top-level commands of podman and Ollama.\n\n"
                + "| noun | shortcuts |\n|---|---|\n"
        );
        foreach (var (noun, verbs) in HelpText.ShortcutRows())
        {
            text.Append($"| `{noun}` | {verbs} |\n");
        }

        text.Append("\n`ilab list` is `ilab tax diff` inside a taxonomy checkout and `ilab model ls` elsewhere; `ilab ls` is always `ilab model ls`.\n");
        text.Append(
            "\nThese have no counterpart of the same name: they end with exit code 2 and one line that says what to type.\n\n| command | instead |\n"
                + "|---|---|\n"
        );
        foreach (var group in ShortcutTable.All.Where(static shortcut => shortcut.Kind == ShortcutKind.Advice).GroupBy(static shortcut => shortcut.Target))
        {
            text.Append($"| {string.Join(", ", group.Select(static shortcut => $"`{shortcut.Name}`"))} | {group.Key} |\n");
        }
    }

    private static void Section(StringBuilder text, Command command, string prefix, int level)
    {
        var path = $"{prefix} {command.Name}";
        var parts = CommandText.Of(command);
        text.Append($"\n{new string('#', level)} {path}\n\n{parts.Summary}.\n");
        foreach (var paragraph in parts.Paragraphs)
        {
            text.Append($"\n{paragraph}\n");
        }

        if (command.Subcommands.Count == 0)
        {
            text.Append($"\nUsage: `{path} [OPTIONS]{string.Concat(command.Arguments.Select(static argument => " " + CommandText.Usage(argument)))}`\n");
        }

        if (command.Aliases.Count > 0)
        {
            text.Append($"\nAlias: {string.Join(", ", command.Aliases.Order(StringComparer.Ordinal).Select(static alias => $"`{alias}`"))}\n");
        }

        Arguments(text, command);
        Options(text, command);
        if (parts.Examples.Count > 0)
        {
            text.Append("\nExamples:\n\n").AppendJoin("", parts.Examples.Select(static example => $"    {example}\n"));
        }

        foreach (var sub in command.Subcommands.Where(static sub => !sub.Hidden))
        {
            Section(text, sub, path, level + 1);
        }
    }

    private static void Arguments(StringBuilder text, Command command)
    {
        if (command.Arguments.Count == 0)
        {
            return;
        }

        text.Append("\n| argument | meaning |\n|---|---|\n");
        foreach (var argument in command.Arguments)
        {
            text.Append($"| `{CommandText.Usage(argument)}` | {Escape(argument.Description ?? "")} |\n");
        }
    }

    private static void Options(StringBuilder text, Command command)
    {
        var options = command.Options.Where(static option => !option.Hidden && option is not HelpOption).ToArray();
        if (options.Length == 0)
        {
            return;
        }

        text.Append("\n| option | meaning |\n|---|---|\n");
        foreach (var option in options)
        {
            var names = string.Join(", ", option.Aliases.Prepend(option.Name).Distinct().Select(static name => $"`{name}`"));
            text.Append(
                $"| {names}{(HelpText.ValueName(option) is { Length: > 0 } value ? " " + Escape(value) : "")} | {Escape(HelpText.Describe(option))} |\n"
            );
        }
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
