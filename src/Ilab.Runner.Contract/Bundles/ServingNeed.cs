namespace Ilab.Runner.Contract.Bundles;

/// <summary>What a model takes once it is loaded, as its runner finds out without loading it. Sizes in bytes.</summary>
public sealed record ServingNeed
{
    /// <summary>Weights in host memory, which are mapped from their files.</summary>
    public long Weights { get; init; }

    /// <summary>Keys and values in host memory.</summary>
    public long Cache { get; init; }

    /// <summary>Intermediate results in host memory.</summary>
    public long Compute { get; init; }

    /// <summary>The same three on the device, if that is not the CPU.</summary>
    public long DeviceWeights { get; init; }

    public long DeviceCache { get; init; }

    public long DeviceCompute { get; init; }

    /// <summary>All of the model that guesses tokens; 0 = there is none.</summary>
    public long Draft { get; init; }

    /// <summary>A name of ilab.v1.ErrorKind: the model cannot be loaded; empty = it can.</summary>
    public string ErrorKind { get; set; } = "";

    /// <summary>Why it cannot be loaded.</summary>
    public string Error { get; set; } = "";
}
