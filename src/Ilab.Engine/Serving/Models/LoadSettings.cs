namespace Ilab.Engine.Serving.Models;

/// <summary>How a model is loaded and how long it stays.</summary>
public sealed record LoadSettings
{
    /// <summary>Null = the service's default; negative = for ever; zero = unload when idle.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>Wanted context in tokens; 0 = automatic.</summary>
    public int ContextLength { get; init; }
}
