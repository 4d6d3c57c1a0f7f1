using Spelling = Ilab.Configuration.Runs.Problems.Spelling;

namespace Ilab.Cli.Chat.Repl;

/// <summary>The chat commands: everything that begins with a slash.</summary>
public static class ChatCommands
{
    public static IReadOnlyList<ChatCommand> All { get; } =
    [
        new("/help", ["/?"], "", "show this list", HelpCommand.RunAsync),
        new("/clear", ["/new"], "", "clear the messages and start over", Clear),
        new("/system", [], "[TEXT]", "show or set the system prompt; /system \"\" removes it", SystemCommand.RunAsync),
        new("/set", [], "[NAME [VALUE]]", "show settings, or change one; the value default resets it", SetCommand.RunAsync),
        new("/save", [], "NAME|FILE", "save this chat", SaveCommand.RunAsync),
        new("/load", [], "NAME|FILE", "continue a saved chat", SaveCommand.LoadAsync),
        new("/history", [], "", "show the messages", HistoryCommand.RunAsync),
        new("/quit", ["/bye", "/exit", "/q"], "", "quit", Quit),
    ];

    /// <summary>True for a command; `/usr/bin is a directory` is not one.</summary>
    public static bool IsCommand(string text) => text.StartsWith('/') && !FirstWord(text).AsSpan(1).Contains('/');

    public static ChatCommand? Find(string text)
    {
        string name = FirstWord(text);
        return All.FirstOrDefault(c => c.Name == name || c.Aliases.Contains(name));
    }

    public static string Arguments(string text) => text[FirstWord(text).Length..].Trim();

    /// <summary>The command that was probably meant; null when none is close.</summary>
    public static string? Suggest(string text)
    {
        string name = FirstWord(text);
        var best = All.SelectMany(c => c.Aliases.Prepend(c.Name)).Select(n => (Name: n, Distance: Spelling.Distance(name, n))).MinBy(c => c.Distance);
        string? begun = name.Length > 1 ? All.FirstOrDefault(c => c.Name.StartsWith(name, StringComparison.Ordinal))?.Name : null;
        return begun ?? (best.Distance <= Math.Max(1, name.Length / 3) ? best.Name : null);
    }

    /// <summary>Candidates for Tab: command names, and setting names after /set.</summary>
    public static IReadOnlyList<string> Complete(string text)
    {
        if (!text.StartsWith('/'))
            return [];
        if (text.StartsWith("/set ", StringComparison.Ordinal))
            return [.. SettingTable.All.Select(s => $"/set {s.Name} ").Where(s => s.StartsWith(text, StringComparison.Ordinal))];
        return [.. All.Select(c => c.Name + (c.Usage.Length > 0 ? " " : "")).Where(c => c.StartsWith(text, StringComparison.Ordinal))];
    }

    private static string FirstWord(string text)
    {
        int end = text.AsSpan().IndexOfAny(" \t\n");
        return end < 0 ? text : text[..end];
    }

    private static Task Clear(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        state.Session.Clear();
        return state.Console.SayAsync("Chat cleared.", cancellationToken);
    }

    private static Task Quit(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        state.Ended = true;
        return Task.CompletedTask;
    }
}
