namespace Ilab.Runner.Conversion;

/// <summary>A task cannot be done: the kind for programs, the message for people.</summary>
internal sealed class RunnerTaskException(string kind, string message) : Exception(message)
{
    public string Kind { get; } = kind;
}
