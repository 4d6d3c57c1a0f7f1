namespace Ilab.Cli.Chat.Repl;

/// <summary>State that chat commands read and change.</summary>
public sealed class ReplState(ChatSession session, ChatConsole console)
{
    public ChatSession Session { get; } = session;

    public ChatConsole Console { get; } = console;

    public bool Ended { get; set; }
}

/// <param name="Name">With the slash.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="Usage">Arguments, such as `NAME`.</param>
/// <param name="Help">One line.</param>
/// <param name="RunAsync">Receives the text after the name. Errors are <see cref="Ilab.Client.Errors.IlabException"/> or FormatException.</param>
public sealed record ChatCommand(string Name, string[] Aliases, string Usage, string Help, Func<ReplState, string, CancellationToken, Task> RunAsync);
