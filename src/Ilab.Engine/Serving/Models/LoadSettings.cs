namespace Ilab.Engine.Serving.Models;

/// <summary>How a model is loaded and how long it stays.</summary>
public sealed record LoadSettings
{
    /// <summary>Null = the service's default; negative = for ever; zero = unload when idle.</summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>Wanted context in tokens; 0 = automatic.</summary>
    public int ContextLength { get; init; }

    /// <summary>Where to compute: <c>cpu</c>, <c>cuda0</c>, ...; empty = the service's default.</summary>
    public string Device { get; init; } = "";

    /// <summary>Layers to put on the GPU, the others stay on the CPU; <see cref="AsManyAsFit"/>; null = all, or the load is refused.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>For <see cref="GpuLayers"/>: the largest number for which there is room.</summary>
    public const int AsManyAsFit = -1;
}
