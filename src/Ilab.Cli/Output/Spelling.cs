namespace Ilab.Cli.Output;

/// <summary>Edit distance between two words: insertions, deletions, substitutions and transpositions of neighbours.</summary>
internal static class Spelling
{
    public static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }

    /// <summary>The word that was probably meant; null when none is close.</summary>
    public static string? Closest(IEnumerable<string> known, string word)
    {
        var limit = Math.Clamp(word.Length / 3, 1, 3);
        var best = known
            .Select(name => (Name: name, Distance: Distance(name, word)))
            .DefaultIfEmpty(("", int.MaxValue))
            .MinBy(static candidate => candidate.Item2);
        return best.Item2 <= limit && word.Length > 2 ? best.Item1 : null;
    }
}
