namespace Ilab.Runner.Conversion;

/// <summary>A failed task: a kind for programs, a message for users.</summary>
internal sealed class RunnerTaskException(string kind, string message) : Exception(message)
{
    public string Kind { get; } = kind;
}
