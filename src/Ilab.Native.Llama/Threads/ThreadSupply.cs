namespace Ilab.Native.Llama.Threads;

/// <summary>What the machine has to give at a moment.</summary>
/// <param name="Limit">Threads that may run at once if nobody else computes; at least one.</param>
/// <param name="FreeCpus">CPUs that nobody outside ilab used lately, those that ilab used included; null = not known.</param>
public readonly record struct ThreadSupply(int Limit, double? FreeCpus);
