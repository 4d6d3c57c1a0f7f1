using System.Globalization;

namespace Ilab.Native.Llama.Threads;

/// <summary>A set of logical CPUs.</summary>
/// <param name="Numbers">In ascending order.</param>
public sealed record CpuSet(IReadOnlyList<int> Numbers)
{
    public int Count => Numbers.Count;

    /// <summary>CPUs 0 to <paramref name="count"/> - 1.</summary>
    public static CpuSet First(int count) => new([.. Enumerable.Range(0, count)]);

    /// <summary>Parses the kernel's list format, for example <c>0-3,8</c>.</summary>
    /// <returns>Null if the text is not such a list, or the list is empty.</returns>
    public static CpuSet? Parse(string text)
    {
        var numbers = new SortedSet<int>();
        foreach (var part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var bounds = part.Split('-', 2);
            if (
                !int.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(bounds[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                || last < first
                || last - first > ushort.MaxValue
            )
            {
                return null;
            }

            numbers.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return numbers.Count > 0 ? new CpuSet([.. numbers]) : null;
    }

    public CpuSet Intersect(CpuSet other) => new([.. Numbers.Intersect(other.Numbers).Order()]);

    public bool Equals(CpuSet? other) => other is not null && Numbers.SequenceEqual(other.Numbers);

    public override int GetHashCode() => Numbers.Aggregate(Count, HashCode.Combine);
}
