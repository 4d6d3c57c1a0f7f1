using System.Runtime.InteropServices;
using Ilab.Cli.Terminal.Native;

namespace Ilab.Cli.Terminal;

/// <summary>
/// Line editing on an ANSI terminal. The terminal is raw only while an entry is read, and always restored, whether the entry ends, is cancelled or fails.
/// </summary>
public sealed class LineEditor(TerminalDevice device, History history) : ILineReader
{
    // A lone ESC counts as the Escape key after this time.
    private const int EscapeMilliseconds = 50;

    public bool IsInteractive => true;

    public void Remember(string entry) => history.Add(entry);

    public Task<LineEntry> ReadAsync(LinePrompt prompt, CancellationToken cancellationToken) =>
        // poll() blocks its thread for as long as the user thinks: use a thread outside of the pool.
        Task.Factory.StartNew(() => Edit(prompt, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private LineEntry Edit(LinePrompt prompt, CancellationToken cancellationToken)
    {
        history.Reset();
        using var wake = new WakePipe();
        using CancellationTokenRegistration cancelled = cancellationToken.Register(wake.Wake);
        using PosixSignalRegistration resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => wake.Wake());
        using PosixSignalRegistration resumed = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => wake.Wake());
        var run = new Run(device, prompt, history);
        return run.Loop(wake, cancellationToken);
    }

    private sealed class Run(TerminalDevice device, LinePrompt prompt, History history)
    {
        private readonly KeyParser _parser = new();
        private readonly EditSession _session = new(history, prompt.IsComplete, prompt.Complete);
        private readonly LineView _view = new(prompt.Text, prompt.Continuation);

        public LineEntry Loop(WakePipe wake, CancellationToken cancellationToken)
        {
            TerminalDevice.RawMode raw = device.EnterRaw();
            try
            {
                Span<byte> buffer = stackalloc byte[1024];
                Draw();
                while (true)
                {
                    int read = device.Read(buffer, wake, _parser.AwaitsMore ? EscapeMilliseconds : -1);
                    if (cancellationToken.IsCancellationRequested)
                    {
                        device.Write(_view.Finish());
                        cancellationToken.ThrowIfCancellationRequested();
                    }

                    if (read < 0)
                        return new LineEntry(LineResult.EndOfInput);
                    foreach (Key key in read == 0 ? _parser.Flush() : _parser.Feed(buffer[..read]))
                    {
                        EditOutcome outcome = _session.Apply(key);
                        if (Ended(outcome) is { } entry)
                            return entry;
                        if (outcome == EditOutcome.Suspend)
                            raw = Suspend(raw);
                    }

                    Draw();
                }
            }
            finally
            {
                raw.Dispose();
            }
        }

        private LineEntry? Ended(EditOutcome outcome)
        {
            switch (outcome)
            {
                case EditOutcome.Accept:
                    Draw();
                    device.Write(_view.Finish());
                    return new LineEntry(LineResult.Line, _session.Buffer.Text);
                case EditOutcome.Interrupted when _session.Buffer.Text.Length > 0:
                    _session.Buffer.End();
                    Draw();
                    device.Write(_view.Finish("^C"));
                    _session.Buffer.Set("");
                    history.Reset();
                    return null;
                case EditOutcome.Interrupted:
                    device.Write(_view.Finish());
                    return new LineEntry(LineResult.Interrupted);
                case EditOutcome.EndOfInput:
                    device.Write(_view.Finish());
                    return new LineEntry(LineResult.EndOfInput);
                case EditOutcome.ClearScreen:
                    device.Write("\x1b[H\x1b[2J");
                    _view.Forget();
                    return null;
                default:
                    return null;
            }
        }

        private void Draw()
        {
            (int columns, int rows) = device.Size;
            if (_session.Candidates.Count > 0)
                device.Write(_view.Finish() + string.Join("  ", _session.Candidates) + "\r\n");
            _view.IsMarked = prompt.IsWrong?.Invoke(_session.Buffer.Text) == true;
            device.Write(_view.Draw(_session.Buffer.Text, _session.Buffer.Cursor, columns, rows));
        }

        private TerminalDevice.RawMode Suspend(TerminalDevice.RawMode raw)
        {
            device.Write(_view.Finish());
            raw.Dispose();
            // Stops the whole foreground job, as Ctrl-Z does outside of the editor; execution continues here after `fg`.
            Tty.Kill(0, Tty.StopSignal);
            return device.EnterRaw();
        }
    }
}
