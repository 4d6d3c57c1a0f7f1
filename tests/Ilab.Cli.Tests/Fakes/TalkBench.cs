using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>A process around the talking verbs: a scripted service, and everything that was printed.</summary>
public sealed class TalkBench
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public ScriptedGenerations Service { get; } = new();

    public ScriptedInterrupts Interrupts { get; } = new();

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public bool OutIsTerminal { get; init; }

    /// <param name="input">What is piped in; null = a person sits there.</param>
    /// <param name="lines">What the person enters.</param>
    public TalkContext Context(string? input = null, ILineReader? lines = null) =>
        new(new ChatConsole(_out, _error) { OutIsTerminal = OutIsTerminal }, Service, Interrupts)
        {
            Input = new StringReader(input ?? ""),
            InputIsTerminal = input is null,
            Lines = lines,
        };
}
