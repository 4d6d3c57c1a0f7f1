using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Tests.Fakes;
using Ilab.Cli.Tests.Fixtures;

namespace Ilab.Cli.Tests.Chat;

public sealed class AnswerPrinterTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public void WithoutATerminalOnlyTheAnswerIsWritten()
    {
        Play(new AnswerPrinter(new ChatConsole(_out, _error)));
        Assert.Equal("hello\n", _out.ToString());
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void OnATerminalLoadingIsShownAndWipedAgain()
    {
        var both = new StringWriter();
        Play(new AnswerPrinter(new ChatConsole(both, both) { OutIsTerminal = true, ErrorIsTerminal = true }));
        Assert.Contains("loading the model 40 %", both.ToString(), StringComparison.Ordinal);
        var screen = new Screen(80, 24);
        screen.Write(both.ToString().Replace("\n", "\r\n", StringComparison.Ordinal).Replace("\x1b[K", "\x1b[J", StringComparison.Ordinal));
        Assert.Equal("hello", screen.Text);
    }

    [Fact]
    public void AWarningIsSaidOnce()
    {
        var printer = new AnswerPrinter(new ChatConsole(_out, _error));
        printer.Started(ScriptedGenerations.Started("no chat template"));
        printer.Started(ScriptedGenerations.Started("no chat template"));
        Assert.Equal("Warning: no chat template\n", _error.ToString());
    }

    [Fact]
    public void WhoWaitsSeesTheirPlaceAndWhy()
    {
        var printer = new AnswerPrinter(new ChatConsole(_out, _error) { ErrorIsTerminal = true });
        printer.Queued(new GenerationQueued { Position = 3, Reason = "the model is busy with others" });
        printer.Queued(new GenerationQueued { Position = 1 });

        Assert.Contains("waiting, position 3 in the queue: the model is busy with others", _error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("waiting, position 1 in the queue", _error.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    private static void Play(AnswerPrinter printer)
    {
        printer.Queued(new GenerationQueued { Position = 2 });
        printer.Loading(new LoadModelProgress { Phase = "loading", Fraction = 0.4f });
        printer.Loading(new LoadModelProgress { Phase = "ready", Fraction = 1 });
        printer.Started(ScriptedGenerations.Started());
        printer.Delta(new GenerationDelta { Text = "hel" });
        printer.Delta(new GenerationDelta { Text = "lo" });
        printer.Finish();
        printer.Finish();
    }
}
