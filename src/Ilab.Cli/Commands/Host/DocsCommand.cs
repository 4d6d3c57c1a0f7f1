using System.CommandLine;
using System.Text;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Host;

/// <summary>`__docs`: docs/cli.md, made from the definitions, so that it cannot say anything else than they do.</summary>
internal static class DocsCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("__docs") { Hidden = true };
        command.SetAction(async (_, _) =>
        {
            await session.Out.WriteAsync(Write(CommandTree.Build(session, [], everything: true)));
            return 0;
        });
        return command;
    }

    private static string Write(RootCommand root)
    {
        var text = new StringBuilder();
        text.Append("""
            # The command line

            `ilab NOUN VERB [OPTIONS] ARGUMENTS`. Made from the program's own definitions by `ilab __docs`.

            Data goes to standard output, everything else to standard error. Errors are one line, `Error: what; what to do`.

            | exit code | means |
            |---|---|
            | 0 | done |
            | 1 | a negative answer (`exists`), or a job that failed |
            | 2 | the command line, or a name or value in it, makes no sense |
            | 124 | timed out |
            | 125 | the engine or the connection to it failed |
            | 126 | the model is there but cannot be used: not a GGUF, damaged, an architecture that is not known, too big |
            | 127 | no such model, job, file or connection |
            | 130 | interrupted |

            The service is found by `--url`, `ILAB_HOST`, `--connection` or `ILAB_CONNECTION`, `ILAB_ROOT`, the default connection, the socket of this user, the socket of the system;
            the first that says something wins. When none answers on the socket of this user, a service is started, unless `--no-autostart` or `ILAB_NO_AUTOSTART` says not to.

            `--format` takes `json`, `table`, or a template: fields `{{.Name}}`, nested fields, `{{json .Field}}`, `{{upper .Field}}`, `{{lower .Field}}`, `{{len .Field}}`,
            `{{join .List ","}}`, `{{range .List}}...{{end}}`; `table TEMPLATE` adds headings.

            """);
        text.Append('\n');
        Options(text, root);
        foreach (var noun in root.Subcommands.Where(static sub => !sub.Hidden).OrderBy(static sub => sub.Name, StringComparer.Ordinal))
        {
            Section(text, noun, "ilab", 2);
        }

        return text.ToString();
    }

    private static void Section(StringBuilder text, Command command, string prefix, int level)
    {
        var path = $"{prefix} {command.Name}";
        text.Append($"\n{new string('#', level)} {path}\n\n");
        var lines = (command.Description ?? "").Split('\n');
        var examples = false;
        foreach (var line in lines)
        {
            examples |= line.StartsWith("Example", StringComparison.Ordinal);
            text.Append(examples && line.StartsWith("  ", StringComparison.Ordinal) ? "    " + line.Trim() : line).Append('\n');
            if (line.StartsWith("Example", StringComparison.Ordinal))
            {
                text.Append('\n');
            }
        }

        if (command.Subcommands.Count == 0)
        {
            text.Append($"\nUsage: `{path}{string.Concat(command.Arguments.Select(Usage))} [OPTIONS]`\n");
        }

        if (command.Aliases.Count > 0)
        {
            text.Append($"\nAlso: {string.Join(", ", command.Aliases.Order(StringComparer.Ordinal).Select(static alias => $"`{alias}`"))}\n");
        }

        Options(text, command);
        foreach (var sub in command.Subcommands.Where(static sub => !sub.Hidden))
        {
            Section(text, sub, path, level + 1);
        }
    }

    private static string Usage(Argument argument) => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}{More(argument)}]" : $" {argument.Name}{More(argument)}";

    private static string More(Argument argument) => argument.Arity.MaximumNumberOfValues > 1 ? "..." : "";

    private static void Options(StringBuilder text, Command command)
    {
        var options = command.Options.Where(static option => !option.Hidden && option is not System.CommandLine.Help.HelpOption).ToArray();
        if (options.Length == 0)
        {
            return;
        }

        text.Append("\n| option | meaning |\n|---|---|\n");
        foreach (var option in options)
        {
            var names = string.Join(", ", option.Aliases.Prepend(option.Name).Distinct().Select(static name => $"`{name}`"));
            text.Append($"| {names}{(option.HelpName is { } help ? $" {help}" : "")} | {(option.Description ?? "").Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
    }
}
