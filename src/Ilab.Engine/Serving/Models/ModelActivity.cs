namespace Ilab.Engine.Serving.Models;

/// <summary>What a loaded model is doing and has done.</summary>
public sealed record ModelActivity
{
    public required LoadedModel Model { get; init; }

    /// <summary>When this was read, as a timestamp of <see cref="System.Diagnostics.Stopwatch"/>; 0 = the runner did not say.</summary>
    public long ReadAt { get; init; }

    /// <summary>Generations in progress.</summary>
    public int Running { get; init; }

    /// <summary>Generations that wait for a place.</summary>
    public int Waiting { get; init; }

    /// <summary>Tokens in the KV cache.</summary>
    public long CacheUsed { get; init; }

    /// <summary>Tokens that the KV cache has room for; 0 = unknown.</summary>
    public long CacheCells { get; init; }

    /// <summary>Tokens of prompts computed since it was loaded.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Tokens generated since it was loaded.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>Decoding steps since it was loaded.</summary>
    public long Steps { get; init; }
}
