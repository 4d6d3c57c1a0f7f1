namespace Ilab.Native.Llama.Threads;

/// <summary>How many threads the machine lets this process run at once, whatever else is going on.</summary>
/// <param name="Threads">At least one.</param>
/// <param name="Reason">What holds it below the machine's CPUs: <c>affinity</c>, <c>cpuset</c>, <c>quota</c>, <c>setting</c>; empty = nothing does.</param>
/// <param name="Cpus">Where the threads may run.</param>
public sealed record CpuAllowance(int Threads, string Reason, CpuSet Cpus);
