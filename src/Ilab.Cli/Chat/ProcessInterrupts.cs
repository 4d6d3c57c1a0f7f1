using System.Runtime.InteropServices;

namespace Ilab.Cli.Chat;

/// <summary>
/// Termination signals: they cancel <see cref="Token"/>, so that a command can clean up. Ctrl-C goes to the latest capture, if any; a second Ctrl-C that
/// nothing captures ends the process at once.
/// </summary>
public sealed class ProcessInterrupts : IInterrupts, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Action> _captured = [];
    private readonly CancellationTokenSource _end = new();
    private readonly PosixSignalRegistration[] _registrations;

    public ProcessInterrupts() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnEnd),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnEnd),
        ];

    public CancellationToken Token => _end.Token;

    public IDisposable Capture(Action onInterrupt)
    {
        lock (_gate)
            _captured.Add(onInterrupt);
        return new Release(this, onInterrupt);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _end.Dispose();
    }

    private void OnInterrupt(PosixSignalContext context)
    {
        Action? captured;
        lock (_gate)
            captured = _captured.Count > 0 ? _captured[^1] : null;
        if (captured is not null)
        {
            context.Cancel = true;
            captured();
        }
        else if (!_end.IsCancellationRequested)
        {
            OnEnd(context);
        }
    }

    private void OnEnd(PosixSignalContext context)
    {
        context.Cancel = true;
        _end.Cancel();
    }

    private sealed class Release(ProcessInterrupts owner, Action action) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
                owner._captured.Remove(action);
        }
    }
}
