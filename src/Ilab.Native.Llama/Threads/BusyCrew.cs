using Ilab.Native.Llama.Crew;

namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Decides which steps are computed by a crew: those of single tokens, on a few CPUs of which others use some. Its threads take what the machine gives, which
/// is more than one thread would get; on CPUs that nobody else uses, ggml's threads are faster.
/// </summary>
internal sealed class BusyCrew : IDisposable
{
    /// <summary>Threads of the crew for each CPU: a scheduler gives by threads.</summary>
    public const int ThreadsOfACpu = 4;

    /// <summary>With more CPUs, one that is busy takes little away.</summary>
    private const int MostCpus = 8;

    /// <summary>Weights of a step that is worth waking the threads: about a tenth of a millisecond's.</summary>
    private const long FewestBytes = 1 << 20;

    private static readonly TimeSpan Misleading = TimeSpan.FromSeconds(3);
    private static long _steps;
    private StepCrew? _crew;
    private TimeSpan _last = TimeSpan.MinValue;

    /// <summary>Steps that crews of this process have computed.</summary>
    public static long Steps => Interlocked.Read(ref _steps);

    /// <summary>Threads of the crew.</summary>
    public int Threads => _crew?.Threads ?? 0;

    /// <summary>Where a crew computes, others get less than they want, and what they leave free says nothing: whether they are gone has to be tried.</summary>
    public ThreadSupply Correct(TimeSpan now, in ThreadSupply given) =>
        _last != TimeSpan.MinValue && now - _last < Misleading ? given with { FreeCpus = null, IsTaken = true } : given;

    /// <param name="isBusy">Whether others use CPUs that this step would have.</param>
    /// <param name="most">Threads that the graph may run on.</param>
    /// <param name="fewestBytes">Of weights; null = what is worth waking the threads.</param>
    /// <returns>Whether the crew is to compute it: <see cref="Compute"/>.</returns>
    public bool Takes(nint graph, in GraphOutline outline, bool isBusy, int most, long? fewestBytes)
    {
        return isBusy
            && outline.Rows == 1
            && most is > 1 and <= MostCpus
            && (_crew ??= new StepCrew(most * ThreadsOfACpu)).TryPrepare(graph, fewestBytes ?? FewestBytes);
    }

    /// <returns>ggml's status.</returns>
    public int Compute(TimeSpan now)
    {
        _last = now;
        Interlocked.Increment(ref _steps);
        return _crew!.Compute();
    }

    public void Dispose() => _crew?.Dispose();
}
