namespace Ilab.Native.Llama.Threads;

/// <summary>The CPUs currently available to this process.</summary>
/// <param name="Limit">Threads that can run concurrently without other load; at least one.</param>
/// <param name="FreeCpus">CPUs not recently used by other programs, including those used by ilab; null = unknown.</param>
/// <param name="UsedByOthers">CPUs that other programs used recently; null = unknown.</param>
/// <param name="IsTaken">Whether this process has taken more than its part, so that others use less than they want: free CPUs say nothing then.</param>
public readonly record struct ThreadSupply(int Limit, double? FreeCpus, double? UsedByOthers = null, bool IsTaken = false);
