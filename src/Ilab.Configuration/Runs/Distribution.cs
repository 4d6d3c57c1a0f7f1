namespace Ilab.Configuration.Runs;

/// <summary>How a training is spread over several devices.</summary>
public enum Distribution
{
    /// <summary>One device.</summary>
    None,

    /// <summary>A copy of the model on each device.</summary>
    Ddp,

    /// <summary>The model divided among the devices.</summary>
    Fsdp,

    /// <summary>Decided by whoever runs the file.</summary>
    Auto,
}
