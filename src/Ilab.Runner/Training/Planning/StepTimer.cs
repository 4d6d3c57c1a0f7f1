using System.Diagnostics;

namespace Ilab.Runner.Training.Planning;

/// <summary>Measures the duration of a repeated operation.</summary>
internal static class StepTimer
{
    private const double Agreement = 0.05;
    private const int Most = 8;

    /// <summary>
    /// Repeats the operation until two consecutive times agree within 5 %, at most eight times. The first run does not count: it touches memory, compiles code
    /// and warms caches.
    /// </summary>
    /// <param name="clock">Current time in seconds; null = the system clock.</param>
    /// <returns>Seconds of the fastest run: disturbances of the others are temporary.</returns>
    public static double Settled(Action work, Func<double>? clock = null)
    {
        clock ??= static () => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        work();
        var (fastest, last) = (double.MaxValue, double.MaxValue);
        for (var count = 1; count < Most; count++)
        {
            var began = clock();
            work();
            var taken = clock() - began;
            fastest = Math.Min(fastest, taken);
            if (Math.Abs(taken - last) <= Agreement * taken)
            {
                break;
            }

            last = taken;
        }

        return fastest;
    }
}
