using Ilab.Cli.Chat;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>Ctrl-C under control of the test.</summary>
public sealed class ScriptedInterrupts : IInterrupts
{
    private Action? _captured;

    public bool IsCaptured => _captured is not null;

    public void Press() => _captured?.Invoke();

    public IDisposable Capture(Action onInterrupt)
    {
        _captured = onInterrupt;
        return new Release(this);
    }

    private sealed class Release(ScriptedInterrupts owner) : IDisposable
    {
        public void Dispose() => owner._captured = null;
    }
}
