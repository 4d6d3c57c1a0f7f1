namespace Ilab.Configuration.Service;

/// <summary>When the CPU accelerator is used.</summary>
public enum AcceleratorUse
{
    /// <summary>Where it is installed and measured to gain.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,

    /// <summary>For every batch alike, single tokens included, so that results do not depend on load.</summary>
    Strict,
}
