using System.Globalization;

namespace Ilab.Engine.Serving.Devices;

/// <summary>Applies <c>CUDA_VISIBLE_DEVICES</c> to the GPUs of a machine.</summary>
public static class VisibleDevices
{
    /// <summary>Follows CUDA's rules: comma-separated indices or unique UUID prefixes; the list ends at the first entry that matches no GPU.</summary>
    /// <param name="variable">The variable's value; null = unset, all GPUs are visible.</param>
    /// <param name="uuids">UUIDs of all GPUs, in PCI order.</param>
    /// <returns>Indices into <paramref name="uuids"/>, in CUDA's order.</returns>
    public static IReadOnlyList<int> Select(string? variable, IReadOnlyList<string> uuids)
    {
        if (variable is null)
        {
            return [.. Enumerable.Range(0, uuids.Count)];
        }

        var visible = new List<int>();
        foreach (var entry in variable.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Find(entry, uuids) is not { } index || visible.Contains(index))
            {
                break;
            }

            visible.Add(index);
        }

        return visible;
    }

    private static int? Find(string entry, IReadOnlyList<string> uuids)
    {
        if (int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return index < uuids.Count ? index : null;
        }

        var matches = Enumerable
            .Range(0, uuids.Count)
            .Where(at => entry.Length > 0 && uuids[at].StartsWith(entry, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return matches.Count == 1 ? matches[0] : null;
    }
}
