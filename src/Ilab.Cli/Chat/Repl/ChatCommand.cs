namespace Ilab.Cli.Chat.Repl;

/// <summary>What a command of the chat can see and change.</summary>
public sealed class ReplState(ChatSession session, ChatConsole console)
{
    public ChatSession Session { get; } = session;

    public ChatConsole Console { get; } = console;

    public bool Ended { get; set; }
}

/// <param name="Name">With its slash.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="Usage">Arguments, as in `NAME`.</param>
/// <param name="Help">One line.</param>
/// <param name="RunAsync">Gets what stood behind the name. Errors are <see cref="Ilab.Client.Errors.IlabException"/> or FormatException.</param>
public sealed record ChatCommand(string Name, string[] Aliases, string Usage, string Help, Func<ReplState, string, CancellationToken, Task> RunAsync);
