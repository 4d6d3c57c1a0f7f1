using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.CommandLine;

/// <summary>Help texts, wrapped to the width of the terminal, with values and defaults of every option.</summary>
internal static class HelpText
{
    private const int WidestLeft = 34;
    private const int Gap = 2;
    private const char NoBreak = '\u00a0';
    private const string DefaultMark = "[default: "; // stays on the line of its value

    /// <param name="command">The command to describe.</param>
    /// <param name="path">How it is typed, such as <c>ilab model run</c>.</param>
    /// <param name="width">Columns.</param>
    public static string Of(Command command, string path, int width)
    {
        var text = new StringBuilder();
        var parts = CommandText.Of(command);
        Paragraph(text, parts.Summary, 0, width);
        foreach (var paragraph in parts.Paragraphs)
        {
            text.Append('\n');
            Paragraph(text, paragraph, 0, width);
        }

        text.Append('\n');
        Paragraph(
            text,
            $"Usage: {path}{(command.Subcommands.Count > 0 ? " COMMAND" : "")} [OPTIONS]{string.Concat(
                command.Arguments.Select(static argument => " " + CommandText.Usage(argument)))}",
            0,
            width,
            "       "
        );
        var visible = command.Subcommands.Where(static sub => !sub.Hidden).ToList();
        Table(text, "Commands", [.. visible.Select(static sub => (string.Join(", ", sub.Aliases.Prepend(sub.Name)), CommandText.Of(sub).Summary))], width);
        Table(
            text,
            "Arguments",
            [
                .. command
                    .Arguments.Where(static argument => argument.Description is not null)
                    .Select(static argument => (CommandText.Usage(argument), argument.Description!)),
            ],
            width
        );
        Table(text, "Options", [.. command.Options.Where(static option => !option.Hidden && !option.Recursive).Select(Row)], width);
        if (command is RootCommand)
        {
            Table(text, "Shortcuts, which work without the noun", ShortcutRows(), width);
        }

        Table(text, "Global options", [.. GlobalsOf(command).Select(Row)], width);
        if (parts.Examples.Count > 0)
        {
            text.Append("\nExamples:\n").AppendJoin("", parts.Examples.Select(static example => $"  {example}\n"));
        }

        if (visible.Count > 0)
        {
            text.Append($"\nSee '{path} COMMAND --help' for a command.\n");
        }

        return text.ToString();
    }

    /// <summary>Description, value and default of an option.</summary>
    public static string Describe(Option option)
    {
        var described = option.Description ?? "";
        var value = option.HasDefaultValue ? option.GetDefaultValue() : null;
        return value switch
        {
            null or false or "" => described,
            true => $"{described} [default: true]",
            _ => $"{described} [default: {Convert.ToString(value, CultureInfo.InvariantCulture)}]",
        };
    }

    /// <summary>What stands behind the option; empty for flags.</summary>
    public static string ValueName(Option option) => option.HelpName ?? (option is ChoiceOption choice ? string.Join('|', choice.Choices) : "");

    /// <summary>The names that work without a noun, grouped by it.</summary>
    public static IReadOnlyList<(string Noun, string Verbs)> ShortcutRows()
    {
        var targets = ShortcutTable
            .All.Where(static shortcut => shortcut.Kind != ShortcutKind.Advice)
            .SelectMany(static shortcut =>
                shortcut
                    .Target.Split('|')
                    .Select(target => (shortcut.Name, Noun: target.Split(' ')[0], Verb: target[(target.IndexOf(' ', StringComparison.Ordinal) + 1)..]))
            );
        return
        [
            .. targets
                .GroupBy(static entry => entry.Noun)
                .OrderBy(static group => CommandTree.Nouns.Index().First(noun => noun.Item.Name == group.Key).Index)
                .Select(static group =>
                    (
                        group.Key,
                        string.Join(
                            ", ",
                            group
                                .OrderBy(static entry => entry.Name, StringComparer.Ordinal)
                                .Select(static entry => entry.Name == entry.Verb ? entry.Name : $"{entry.Name} (= {entry.Verb})")
                        )
                    )
                ),
        ];
    }

    private static IEnumerable<Option> GlobalsOf(Command command)
    {
        for (var at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
        {
            foreach (var option in at.Options.Where(static option => option.Recursive && !option.Hidden))
            {
                yield return option;
            }
        }
    }

    private static (string Left, string Right) Row(Option option)
    {
        var names = option.Aliases.Prepend(option.Name).Distinct().OrderBy(static name => name.Length > 2).ToList();
        var value = ValueName(option);
        return ($"{(names[0].Length == 2 ? "" : "    ")}{string.Join(", ", names)}{(value.Length > 0 ? " " + value : "")}", Describe(option));
    }

    private static void Table(StringBuilder text, string title, IReadOnlyList<(string Left, string Right)> rows, int width)
    {
        if (rows.Count == 0)
        {
            return;
        }

        text.Append($"\n{title}:\n");
        var left = Gap + Math.Min(Math.Min(WidestLeft, width / 2), rows.Max(static row => row.Left.Length)) + Gap;
        foreach (var (name, description) in rows)
        {
            var fits = Gap + name.Length + Gap <= left;
            text.Append(' ', Gap).Append(name);
            text.Append(fits ? new string(' ', left - Gap - name.Length) : "\n");
            Paragraph(text, description, left, width, indentFirst: !fits);
        }
    }

    private static void Paragraph(StringBuilder text, string paragraph, int indent, int width, string hanging = "", bool indentFirst = true)
    {
        var (first, room) = (true, Math.Max(20, width - indent));
        foreach (var line in Wrap(paragraph, room, hanging))
        {
            text.Append(' ', first && !indentFirst ? 0 : indent).Append(line).Append('\n');
            first = false;
        }

        if (first)
        {
            text.Append('\n');
        }
    }

    /// <summary>Breaks at spaces; a word that is wider than the room stands alone.</summary>
    private static IEnumerable<string> Wrap(string paragraph, int room, string hanging)
    {
        var line = new StringBuilder();
        var begun = "";
        foreach (
            var unbroken in paragraph
                .Replace(DefaultMark, DefaultMark.Replace(' ', NoBreak), StringComparison.Ordinal)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        )
        {
            var word = unbroken.Replace(NoBreak, ' ');
            if (line.Length > begun.Length && line.Length + 1 + word.Length > room)
            {
                yield return line.ToString();
                line.Clear().Append(begun = hanging);
            }

            line.Append(line.Length > begun.Length ? " " : "").Append(word);
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    /// <summary>What --help runs.</summary>
    internal sealed class Action(Session session) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var path = new List<string>();
            for (System.CommandLine.Parsing.SymbolResult? at = parseResult.CommandResult; at is System.CommandLine.Parsing.CommandResult named; at = at.Parent)
            {
                path.Insert(0, named.Command is RootCommand ? "ilab" : named.Command.Name);
            }

            session.Out.Write(Of(parseResult.CommandResult.Command, string.Join(' ', path), TextWidth.Of(session)));
            return 0;
        }
    }
}
