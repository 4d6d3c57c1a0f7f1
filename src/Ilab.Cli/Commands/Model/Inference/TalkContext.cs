using System.Text;
using Ilab.Cli.Chat;
using Ilab.Cli.Output;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>What the verbs that talk to a model need of the process around them.</summary>
/// <param name="Console">Where answers and talk go.</param>
/// <param name="Generations">The service.</param>
/// <param name="Interrupts">Who gets Ctrl-C.</param>
public sealed record TalkContext(ChatConsole Console, IGenerations Generations, IInterrupts Interrupts)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public TextReader Input { get; init; } = TextReader.Null;

    public bool InputIsTerminal { get; init; }

    /// <summary>Replaces the terminal's editor, for tests.</summary>
    public ILineReader? Lines { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public AnswerReader Answers => new(Generations, Time);

    /// <summary>Around this process: its standard streams, opened as UTF-8 whatever the locale says.</summary>
    public static TalkContext OfProcess(IGenerations generations, IInterrupts interrupts)
    {
        var console = new ChatConsole(Writer(new StandardOutput()), Writer(System.Console.OpenStandardError()))
        {
            OutIsTerminal = !System.Console.IsOutputRedirected,
            ErrorIsTerminal = !System.Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"),
        };
        return new TalkContext(console, generations, interrupts)
        {
            // Not Console.In, which takes the terminal over.
            Input = new StreamReader(System.Console.OpenStandardInput(), Utf8),
            InputIsTerminal = !System.Console.IsInputRedirected,
        };
    }

    /// <summary>A line editor where a terminal is, plain lines elsewhere.</summary>
    public ILineReader OpenLines()
    {
        if (Lines is not null)
            return Lines;
        if (InputIsTerminal && TerminalDevice.OfProcess() is { } device)
            return new LineEditor(device, new History(HistoryFile.Default()));
        return new PlainLineReader(Input, InputIsTerminal ? Console.Error : null);
    }

    private static StreamWriter Writer(Stream stream) => new(stream, Utf8, bufferSize: 4096);
}
