using Ilab.Cli.Commands.Taxonomy;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.CommandLine;

/// <summary>A command line after shortcuts were expanded.</summary>
/// <param name="Args">What is parsed.</param>
/// <param name="Hint">What the shortcut stands for; null without one.</param>
/// <param name="Error">What to type instead; then nothing is parsed.</param>
internal sealed record Expansion(IReadOnlyList<string> Args, string? Hint = null, string? Error = null);

/// <summary>Rewrites flat commands to a noun and a verb before parsing, so that there is one grammar only.</summary>
internal static class Shortcuts
{
    public static Expansion Expand(Session session, IReadOnlyList<string> args)
    {
        var at = CommandTree.NextWord(session.Globals, args, 0);
        if (at < 0)
        {
            return new Expansion(args);
        }

        if (args[at] == HelpCommand.Name)
        {
            var rest = Expand(session, [.. args.Take(at), .. args.Skip(at + 1)]);
            return rest with { Args = [.. rest.Args.Where(static word => word is not ("--help" or "-h")), "--help"], Hint = null };
        }

        return ShortcutTable.Find(args[at]) switch
        {
            null => new Expansion(args),
            { Kind: ShortcutKind.Advice } shortcut => new Expansion(args, Error: $"there is no 'ilab {shortcut.Name}': {shortcut.Target}"),
            { Kind: ShortcutKind.DiffOrList } => TaxonomyFolder.Checkout() is not null
                ? Replace(args, at, "tax diff", "'ilab list' means 'ilab tax diff' in a taxonomy checkout; 'ilab model ls' lists models")
                : Replace(
                    args,
                    at,
                    "model ls",
                    "'ilab list' means 'ilab model ls' outside of a taxonomy checkout; 'ilab tax diff' lists changed taxonomy files"
                ),
            var shortcut => Replace(args, at, shortcut.Target, $"'ilab {shortcut.Name}' is short for 'ilab {shortcut.Target}'"),
        };
    }

    private static Expansion Replace(IReadOnlyList<string> args, int at, string target, string hint) =>
        new([.. args.Take(at), .. target.Split(' '), .. args.Skip(at + 1)], hint);
}
