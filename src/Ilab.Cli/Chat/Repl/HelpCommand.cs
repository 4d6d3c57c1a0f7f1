using System.Text;

namespace Ilab.Cli.Chat.Repl;

internal static class HelpCommand
{
    public static Task RunAsync(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (ChatCommand command in ChatCommands.All)
            text.Append($"  {command.Name + " " + command.Usage, -22} {command.Help}{Aliases(command)}\n");
        text.Append('\n')
            .Append("  Enter sends. A line ending in \\ continues on the next line; \"\"\" opens and closes multi-line text.\n")
            .Append("  Up and Down recall earlier entries. Ctrl-C stops an answer or clears the line; Ctrl-D quits.");
        return state.Console.SayAsync(text.ToString(), cancellationToken);
    }

    private static string Aliases(ChatCommand command) => command.Aliases.Length == 0 ? "" : $" (also {string.Join(", ", command.Aliases)})";
}
