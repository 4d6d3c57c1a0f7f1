namespace Ilab.Engine.Hosting;

/// <summary>The CPU accelerator.</summary>
public enum AcceleratorMode
{
    /// <summary>Where it is there and pays.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,

    /// <summary>For every batch alike, a single token too, so that nothing depends on who else is served.</summary>
    Strict,
}
