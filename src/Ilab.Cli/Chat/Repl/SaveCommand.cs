namespace Ilab.Cli.Chat.Repl;

internal static class SaveCommand
{
    public static Task RunAsync(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        string path = SavedChat.PathOf(Target(arguments, "/save"));
        SavedChat.Save(state.Session, path);
        return state.Console.SayAsync($"Saved to {path}", cancellationToken);
    }

    public static Task LoadAsync(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        ChatSession loaded = SavedChat.Load(SavedChat.PathOf(Target(arguments, "/load")));
        if (loaded.Model.Length == 0)
            loaded.Model = state.Session.Model;
        state.Session.Become(loaded);
        return state.Console.SayAsync($"Loaded {loaded.Messages.Count} messages with {loaded.Model}.", cancellationToken);
    }

    private static string Target(string arguments, string command) =>
        arguments.Length > 0 ? arguments.Trim('"') : throw new FormatException($"usage: {command} NAME or {command} FILE.json");
}
