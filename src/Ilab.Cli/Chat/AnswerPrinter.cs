using System.Globalization;
using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>Streams an answer to standard output, and its status to standard error on a terminal.</summary>
public sealed class AnswerPrinter(ChatConsole console) : IAnswerView
{
    private string _status = "";
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <summary>False when another view prints the text, such as JSON at the end.</summary>
    public bool PrintsText { get; init; } = true;

    /// <summary>True when the text does not end with a line end.</summary>
    public bool LineIsOpen { get; private set; }

    public void Queued(GenerationQueued queued) =>
        Status(
            string.Create(CultureInfo.InvariantCulture, $"waiting, position {queued.Position} in the queue")
                + (queued.Reason.Length > 0 ? $": {queued.Reason}" : "")
        );

    public void Loading(LoadModelProgress progress)
    {
        Warn(progress.Warning);
        if (progress.Phase == "ready")
            Status("");
        else
            Status(string.Create(CultureInfo.InvariantCulture, $"{progress.Phase} the model {Math.Clamp(progress.Fraction, 0, 1) * 100:0} %"));
    }

    public void Started(GenerationStarted started)
    {
        Status("");
        Warn(started.Warning);
    }

    // Once per session, not once per answer.
    private void Warn(string warning)
    {
        if (warning.Length == 0 || !_warned.Add(warning))
            return;
        Status("");
        console.Error.Write("Warning: " + warning + "\n");
        console.Error.Flush();
    }

    public void Delta(GenerationDelta delta)
    {
        Status("");
        if (delta.Text.Length == 0)
            return;
        LineIsOpen = delta.Text[^1] != '\n';
        if (!PrintsText)
            return;
        console.Out.Write(delta.Text);
        console.Out.Flush();
    }

    public void Uploading(double fraction) => Status(string.Create(CultureInfo.InvariantCulture, $"uploading the model {fraction * 100:0} %"));

    public void Reconnecting() => Status("connection lost; reconnecting");

    /// <summary>Ends the line of the answer and erases the status.</summary>
    public void Finish()
    {
        Status("");
        if (LineIsOpen && PrintsText)
        {
            console.Out.Write('\n');
            console.Out.Flush();
        }

        LineIsOpen = false;
    }

    // A line of its own that is erased afterwards. Within a line of the answer it would erase text.
    private void Status(string text)
    {
        if (!console.ErrorIsTerminal || text == _status || (LineIsOpen && console.OutIsTerminal && _status.Length == 0))
            return;
        _status = text;
        console.Error.Write("\r\x1b[K" + text);
        console.Error.Flush();
    }
}
