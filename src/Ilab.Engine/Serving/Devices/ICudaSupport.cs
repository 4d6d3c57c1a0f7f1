namespace Ilab.Engine.Serving.Devices;

/// <summary>Whether this installation can compute on a GPU.</summary>
public interface ICudaSupport
{
    /// <summary>Why it cannot use the GPU, and how to fix that, in one line; empty if it can. Never throws.</summary>
    string ProblemOf(CudaCard card);
}

/// <summary>A GPU as described by its driver.</summary>
/// <param name="Id"><c>cuda0</c>, ...</param>
/// <param name="Capability">Compute capability; null = unknown.</param>
/// <param name="Driver">Driver version; empty = unknown.</param>
/// <param name="Cuda">The latest CUDA version that the driver supports; null = unknown.</param>
public sealed record CudaCard(string Id, Version? Capability, string Driver, Version? Cuda);
