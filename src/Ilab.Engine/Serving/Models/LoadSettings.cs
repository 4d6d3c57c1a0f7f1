namespace Ilab.Engine.Serving.Models;

/// <summary>How a model is loaded and how long it stays.</summary>
public sealed record LoadSettings
{
    /// <summary>Null = the service's default; negative = keep loaded; zero = unload when idle.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>Requested context length in tokens; 0 = automatic.</summary>
    public int ContextLength { get; init; }

    /// <summary>Device: <c>cpu</c>, <c>cuda0</c>, ...; empty = the service's default.</summary>
    public string Device { get; init; } = "";

    /// <summary>Layers to offload to the GPU; <see cref="AsManyAsFit"/>; null = all, and loading fails if they do not fit.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>Whether it stays loaded until it is stopped, whatever others need memory for; null = as it is.</summary>
    public bool? IsPinned { get; init; }

    /// <summary>Whether it is to make embeddings, which takes a context of their own.</summary>
    public bool Embeds { get; init; }

    /// <summary>Name, digest or unique digest prefix of a stored model that is to guess its next tokens; empty = it is as good with one as without.</summary>
    public string Draft { get; init; } = "";

    /// <summary>Who has it loaded; null = the service.</summary>
    public MemoryShare? Owner { get; init; }

    /// <summary>For <see cref="GpuLayers"/>: as many layers as fit.</summary>
    public const int AsManyAsFit = -1;
}
