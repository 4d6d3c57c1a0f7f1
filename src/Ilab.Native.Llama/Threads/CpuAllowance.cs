namespace Ilab.Native.Llama.Threads;

/// <summary>How many threads the machine allows this process to run concurrently, regardless of other load.</summary>
/// <param name="Threads">At least one.</param>
/// <param name="Reason">What restricts it to fewer than the machine's CPUs: <c>affinity</c>, <c>cpuset</c>, <c>quota</c>, <c>setting</c>; empty =
/// nothing.</param>
/// <param name="Cpus">The CPUs that the threads may run on.</param>
public sealed record CpuAllowance(int Threads, string Reason, CpuSet Cpus);
