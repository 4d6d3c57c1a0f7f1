using Ilab.Native.OneDnn.Backend;

namespace Ilab.Native.OneDnn;

/// <summary>
/// The device through which llama.cpp's graphs come to this process: it computes them with as many threads as the machine has to give, the same digits on any
/// number of them. With an accelerator it is the accelerator's; without one it computes as the CPU does.
/// </summary>
public static class GovernedDevice
{
    /// <summary>Whether contexts that are made now compute on it.</summary>
    public static bool IsRegistered => AcceleratorDevice.IsRegistered;

    /// <summary>Before the first context is made; later calls do nothing. ggml's libraries are loaded.</summary>
    public static void Register() => AcceleratorDevice.Register("CPU, governed threads");
}
