using Ilab.Cli.Chat;
using Ilab.Cli.Hosting;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>The surroundings of the verbs that generate text.</summary>
/// <param name="Console">Answers and messages.</param>
/// <param name="Generations">The service.</param>
/// <param name="Interrupts">Receives Ctrl-C.</param>
public sealed record TalkContext(ChatConsole Console, IGenerations Generations, IInterrupts Interrupts)
{
    public TextReader Input { get; init; } = TextReader.Null;

    public bool InputIsTerminal { get; init; }

    /// <summary>Replaces the line editor, for tests.</summary>
    public ILineReader? Lines { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public AnswerReader Answers => new(Generations, Time);

    /// <summary>The standard streams of this process.</summary>
    public static TalkContext OfProcess(IGenerations generations, IInterrupts interrupts)
    {
        var console = new ChatConsole(StandardStreams.Writer(StandardStreams.OpenOutput()), StandardStreams.Writer(StandardStreams.OpenError()))
        {
            OutIsTerminal = StandardStreams.OutputIsTerminal,
            ErrorIsTerminal = StandardStreams.ErrorIsTerminal && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
        };
        return new TalkContext(console, generations, interrupts)
        {
            Input = StandardStreams.Reader(StandardStreams.OpenInput()),
            InputIsTerminal = StandardStreams.InputIsTerminal,
        };
    }

    /// <summary>A line editor on a terminal, plain lines elsewhere.</summary>
    public ILineReader OpenLines()
    {
        if (Lines is not null)
            return Lines;
        if (InputIsTerminal && TerminalDevice.OfProcess() is { } device)
            return new LineEditor(device, new History(HistoryFile.Default()));
        return new PlainLineReader(Input, InputIsTerminal ? Console.Error : null);
    }
}
