namespace Ilab.Engine.Planning;

/// <summary>A setting that makes a run smaller.</summary>
/// <typeparam name="TCase">What is planned.</typeparam>
/// <param name="Values">From the least to the greatest change; what the run takes falls along them.</param>
/// <param name="Apply">The same case with a value.</param>
/// <param name="Field">The change as <c>section.field=value</c>.</param>
/// <param name="Option">The change as an option of the command line.</param>
/// <param name="Effect">What else it changes.</param>
internal sealed record Lever<TCase>(IReadOnlyList<int> Values, Func<TCase, int, TCase> Apply, Func<int, string> Field, Func<int, string> Option, string Effect);

/// <summary>Searches with the planner for the smallest change of one setting with which a run fits.</summary>
internal static class SmallestChange
{
    /// <param name="levers">Those that change the result of the run least come first.</param>
    /// <param name="plan">Bytes that a case takes.</param>
    /// <param name="available">Bytes that it may take.</param>
    /// <returns>Null = no single one suffices; then, with which one and how many bytes it comes closest.</returns>
    public static async Task<(PlanChange? Change, PlanChange? Closest)> FindAsync<TCase>(
        TCase start,
        IEnumerable<Lever<TCase>> levers,
        Func<TCase, Task<long>> plan,
        long available
    )
    {
        PlanChange? closest = null;
        foreach (var lever in levers.Where(static lever => lever.Values.Count > 0))
        {
            var most = await Of(lever, lever.Values.Count - 1).ConfigureAwait(false);
            if (most.Bytes > available)
            {
                closest = closest is null || most.Bytes < closest.Bytes ? most : closest;
                continue;
            }

            // The first value that fits: all after it do, too.
            var (fits, first, end) = (most, 0, lever.Values.Count - 1);
            while (first < end)
            {
                var middle = (first + end) / 2;
                var tried = await Of(lever, middle).ConfigureAwait(false);
                if (tried.Bytes <= available)
                {
                    (fits, end) = (tried, middle);
                }
                else
                {
                    first = middle + 1;
                }
            }

            return (fits, null);
        }

        return (null, closest);

        async Task<PlanChange> Of(Lever<TCase> lever, int index)
        {
            var value = lever.Values[index];
            var bytes = await plan(lever.Apply(start, value)).ConfigureAwait(false);
            return new PlanChange(lever.Field(value), lever.Option(value), bytes, lever.Effect);
        }
    }
}
