namespace Ilab.Engine.Hosting;

/// <summary>When to use the CPU accelerator.</summary>
public enum AcceleratorMode
{
    /// <summary>When it is available and faster.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,

    /// <summary>For every batch size, even a single token, so that results do not depend on concurrent requests.</summary>
    Strict,
}
