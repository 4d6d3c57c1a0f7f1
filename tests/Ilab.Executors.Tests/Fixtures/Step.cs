namespace Ilab.Executors.Tests.Fixtures;

/// <summary>What a worker of a test does, one after the other; after the last it has succeeded.</summary>
public abstract record Step
{
    /// <summary>Says how far it is.</summary>
    public sealed record Report(int Done, int Total) : Step;

    /// <summary>Writes the output: so many times the letter.</summary>
    public sealed record Write(char Letter, int Count) : Step;

    /// <summary>Waits until the test lets it go on.</summary>
    public sealed record Wait : Step;

    /// <summary>Gives up in order.</summary>
    public sealed record Fail(string Kind, string Message) : Step;
}
