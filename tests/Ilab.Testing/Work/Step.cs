namespace Ilab.Testing.Work;

/// <summary>What a worker of a test does, one after the other; after the last it has succeeded.</summary>
public abstract record Step
{
    /// <summary>Says how far it is.</summary>
    public sealed record Report(int Done, int Total) : Step;

    /// <summary>Writes the first output: so many times the letter.</summary>
    public sealed record Write(char Letter, int Count) : Step;

    /// <summary>Writes outputs by name.</summary>
    public sealed record Put(IReadOnlyDictionary<string, byte[]> Outputs) : Step;

    /// <summary>Waits until the test lets it go on.</summary>
    public sealed record Wait : Step;

    /// <summary>Gives up in order.</summary>
    public sealed record Fail(string Kind, string Message) : Step;
}
