using System.Diagnostics;

namespace Ilab.Runner.Training.Planning;

/// <summary>How long something takes that is done many times.</summary>
internal static class Pace
{
    private const double Agreement = 0.05;
    private const int Most = 8;

    /// <summary>
    /// Does it until two times in a row agree within 5 %, at most eight times. The first does not count: memory is touched, code is compiled and caches are
    /// cold then.
    /// </summary>
    /// <param name="clock">Seconds since some moment; null = the machine's.</param>
    /// <returns>Seconds of the fastest: what slowed others will not stay.</returns>
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
