namespace Ilab.Cli.Chat;

/// <summary>Ctrl-C ends the program, unless it is captured.</summary>
public interface IInterrupts
{
    /// <summary>Redirects Ctrl-C to <paramref name="onInterrupt"/> until the result is disposed.</summary>
    IDisposable Capture(Action onInterrupt);
}
