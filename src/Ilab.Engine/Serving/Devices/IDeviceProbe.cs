namespace Ilab.Engine.Serving.Devices;

/// <summary>Detects devices of one kind and reads their memory.</summary>
public interface IDeviceProbe
{
    /// <summary>The current devices; empty if there are none or the driver is missing. Never throws.</summary>
    IReadOnlyList<DeviceMemory> Read();
}

/// <summary>Memory of a device as the system reports it, in bytes.</summary>
public sealed record DeviceMemory(string Id, string Name, long Total, long Available, bool Usable = true)
{
    /// <summary>Id of the CPU device.</summary>
    public const string Cpu = "cpu";

    /// <summary>Driver version; empty for the CPU.</summary>
    public string Driver { get; init; } = "";

    /// <summary>For example <c>9.0</c>; empty for the CPU.</summary>
    public string ComputeCapability { get; init; } = "";

    /// <summary>Why runners of this installation cannot compute on it, and how to fix that; empty if they can.</summary>
    public string Problem { get; init; } = "";
}
