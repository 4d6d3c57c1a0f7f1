using System.CommandLine;

namespace Ilab.Cli.CommandLine;

/// <summary><c>ilab help [COMMAND...]</c>. It never runs itself: <see cref="Shortcuts"/> rewrites it to <c>ilab COMMAND... --help</c>.</summary>
internal static class HelpCommand
{
    public const string Name = "help";

    public static Command Create()
    {
        var words = new Argument<string[]>("COMMAND") { Description = "Noun, verb or shortcut", Arity = ArgumentArity.ZeroOrMore };
        return new Command(Name, "Show help for a command\n\nExamples:\n  ilab help\n  ilab help model run\n  ilab help ls") { words };
    }
}
