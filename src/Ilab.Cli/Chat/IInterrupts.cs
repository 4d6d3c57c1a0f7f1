namespace Ilab.Cli.Chat;

/// <summary>Ctrl-C ends the program, except where something smaller can be ended.</summary>
public interface IInterrupts
{
    /// <summary>Until disposed, Ctrl-C does this instead.</summary>
    IDisposable Capture(Action onInterrupt);
}
