using System.Globalization;
using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>Prints an answer while it comes: text to stdout at once, what happens meanwhile to stderr when a person looks.</summary>
public sealed class AnswerPrinter(ChatConsole console) : IAnswerView
{
    private string _status = "";
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <summary>False when another view prints the text, e.g. as JSON at the end.</summary>
    public bool PrintsText { get; init; } = true;

    /// <summary>True when the text so far does not end with a line end.</summary>
    public bool LineIsOpen { get; private set; }

    public void Queued(GenerationQueued queued) =>
        Status(queued.Reason.Length > 0 ? $"waiting: {queued.Reason}" : string.Create(CultureInfo.InvariantCulture, $"waiting, place {queued.Position}"));

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

    public void Uploading(double fraction) => Status(string.Create(CultureInfo.InvariantCulture, $"sending the model {fraction * 100:0} %"));

    public void Reconnecting() => Status("the service went away; waiting for it");

    /// <summary>Ends the line of the answer and removes what was shown meanwhile.</summary>
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

    // One line of its own that is wiped afterwards. Inside a line of the answer it would wipe text.
    private void Status(string text)
    {
        if (!console.ErrorIsTerminal || text == _status || (LineIsOpen && console.OutIsTerminal && _status.Length == 0))
            return;
        _status = text;
        console.Error.Write("\r\x1b[K" + text);
        console.Error.Flush();
    }
}
