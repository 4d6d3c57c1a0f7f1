namespace Ilab.Engine.Errors;

/// <summary>The engine's only exception type: a kind for programs, a message for users, and a hint that says what to do next.</summary>
public sealed class EngineException : Exception
{
    public EngineException(ErrorKind kind, string message, string hint = "", Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Hint = hint;
    }

    /// <summary>The kind of error.</summary>
    public ErrorKind Kind { get; }

    /// <summary>One line saying what to do next; may be empty.</summary>
    public string Hint { get; }

    /// <summary>When to try again; null = unknown.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
