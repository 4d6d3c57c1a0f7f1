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

    /// <summary>Beside a crew of eight threads, somebody who wants a CPU has more than this of one, and what passes tokens on has less.</summary>
    private const double Negligible = 0.3;

    private static readonly TimeSpan Misleading = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Memory = TimeSpan.FromMilliseconds(300);
    private static long _steps;
    private StepCrew? _crew;
    private TimeSpan _last = TimeSpan.MinValue;
    private TimeSpan _looked;
    private double? _others;

    /// <summary>Steps that crews of this process have computed.</summary>
    public static long Steps => Interlocked.Read(ref _steps);

    /// <summary>Threads of the crew.</summary>
    public int Threads => _crew?.Threads ?? 0;

    /// <summary>
    /// Where a crew computes, others get less than they want, and what they leave free says nothing: if they use hardly anything, they have gone; else that has
    /// to be tried.
    /// </summary>
    public ThreadSupply Correct(TimeSpan now, in ThreadSupply given)
    {
        if (_last == TimeSpan.MinValue || now - _last >= Misleading)
        {
            _others = null;
            return given;
        }

        if (given.UsedByOthers is not { } used)
        {
            _others = null;
            return given with { IsTaken = true };
        }

        var kept = Math.Exp(-(now - _looked) / Memory);
        (_others, _looked) = (_others is { } before ? (before * kept) + (used * (1 - kept)) : Math.Max(used, 2 * Negligible), now);
        return _others < Negligible ? given : given with { FreeCpus = null, IsTaken = true };
    }

    /// <summary>Nothing was computed for a while: others had what they wanted.</summary>
    public void Forget() => _last = TimeSpan.MinValue;

    /// <param name="isBusy">Whether others use CPUs that this step would have.</param>
    /// <param name="most">Threads that the graph may run on.</param>
    /// <param name="fewestBytes">Of weights; null = what is worth waking the threads.</param>
    /// <returns>Whether the crew is to compute it: <see cref="Compute"/>.</returns>
    public bool Takes(nint graph, in GraphOutline outline, bool isBusy, int most, long? fewestBytes)
    {
        if (
            isBusy
            && outline.Rows == 1
            && most is > 1 and <= MostCpus
            && (_crew ??= new StepCrew(most * ThreadsOfACpu)).TryPrepare(graph, fewestBytes ?? FewestBytes)
        )
        {
            return true;
        }

        _crew?.Leave();
        return false;
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
