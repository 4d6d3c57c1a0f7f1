namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Gradients against each other.</summary>
internal static class Differences
{
    /// <summary>Relative to the first.</summary>
    public static double Between(Dictionary<string, float[]> first, Dictionary<string, float[]> second) =>
        Math.Sqrt(
            first.Sum(entry => entry.Value.Zip(second[entry.Key], static (a, b) => ((double)a - b) * (a - b)).Sum())
                / first.Sum(static entry => entry.Value.Sum(static a => (double)a * a))
        );
}
