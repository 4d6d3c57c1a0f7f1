namespace Ilab.Engine.Serving.Devices;

/// <summary>Whether this installation can compute on a GPU.</summary>
public interface ICudaSupport
{
    /// <summary>What keeps it from doing so and what to do about it, in one line; empty = nothing. Never throws.</summary>
    string ProblemOf(CudaCard card);
}

/// <summary>A GPU as its driver describes it.</summary>
/// <param name="Id"><c>cuda0</c>, ...</param>
/// <param name="Capability">Compute capability; null = not known.</param>
/// <param name="Driver">Version of the driver; empty = not known.</param>
/// <param name="Cuda">The newest CUDA that the driver supports; null = not known.</param>
public sealed record CudaCard(string Id, Version? Capability, string Driver, Version? Cuda);
