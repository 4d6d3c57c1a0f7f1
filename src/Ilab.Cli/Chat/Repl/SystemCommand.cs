namespace Ilab.Cli.Chat.Repl;

internal static class SystemCommand
{
    public static Task RunAsync(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        if (arguments.Length == 0)
            return state.Console.SayAsync(state.Session.System.Length == 0 ? "No system prompt." : state.Session.System, cancellationToken);
        string text = arguments.Length >= 2 && arguments[0] == '"' && arguments[^1] == '"' ? arguments[1..^1] : arguments;
        state.Session.System = text;
        return state.Console.SayAsync(text.Length == 0 ? "System prompt removed." : "System prompt set.", cancellationToken);
    }
}
