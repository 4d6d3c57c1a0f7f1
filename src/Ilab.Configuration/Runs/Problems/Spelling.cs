namespace Ilab.Configuration.Runs.Problems;

/// <summary>Finds the word that was probably meant.</summary>
public static class Spelling
{
    /// <summary>Characters; longer words are no misspelt names, and comparing them takes long.</summary>
    private const int Longest = 100;

    /// <summary>The candidate that is nearest to the word; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > Longest)
        {
            return null;
        }

        string? best = null;
        var bestCost = int.MaxValue;
        var plain = Plain(word);
        foreach (var candidate in candidates)
        {
            if (candidate == word)
            {
                continue;
            }

            var other = Plain(candidate);
            var allowed = Allowed(Math.Min(plain.Length, other.Length));
            if (Math.Abs(plain.Length - other.Length) > allowed)
            {
                continue; // the distance is at least that
            }

            var cost = other == plain ? 0 : Distance(plain, other);
            if (cost < bestCost && cost <= allowed)
            {
                (best, bestCost) = (candidate, cost);
            }
        }

        return best ?? Contained(plain, candidates);
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one into the other.</summary>
    public static int Distance(string a, string b)
    {
        var (before, last, next) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            next[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                next[j] = Math.Min(Math.Min(next[j - 1] + 1, last[j] + 1), last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    next[j] = Math.Min(next[j], before[j - 2] + 1);
                }
            }

            (before, last, next) = (last, next, before);
        }

        return last[b.Length];
    }

    private static int Allowed(int length) =>
        length switch
        {
            <= 2 => 0,
            <= 4 => 1,
            <= 8 => 2,
            _ => 3,
        };

    /// <summary>The only candidate that the word is a part of, as in SFT for TRL_SFT, or its beginning or end, or the other way round.</summary>
    private static string? Contained(string plain, IEnumerable<string> candidates)
    {
        if (plain.Length < 3)
        {
            return null;
        }

        var whole = candidates.Where(candidate => candidate.Split('_', '-').Any(part => Plain(part) == plain)).Take(2).ToList();
        if (whole.Count == 1 || plain.Length < 4)
        {
            return whole.Count == 1 ? whole[0] : null;
        }

        var found = candidates
            .Where(candidate =>
            {
                var other = Plain(candidate);
                return other.Length >= 4
                    && (
                        other.StartsWith(plain, StringComparison.Ordinal)
                        || other.EndsWith(plain, StringComparison.Ordinal)
                        || plain.StartsWith(other, StringComparison.Ordinal)
                        || plain.EndsWith(other, StringComparison.Ordinal)
                    );
            })
            .Take(2)
            .ToList();
        return found.Count == 1 ? found[0] : null;
    }

    private static string Plain(string word) =>
        word.ToLowerInvariant()
            .Replace("_", "", StringComparison.Ordinal)
            .Replace("-", "", StringComparison.Ordinal)
            .Replace(" ", "", StringComparison.Ordinal);
}
