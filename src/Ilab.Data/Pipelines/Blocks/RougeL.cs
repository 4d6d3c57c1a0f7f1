using System.Text;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>ROUGE-L F1: similarity of two texts by their longest common subsequence of words, which are lower-cased letters and digits.</summary>
internal static class RougeL
{
    public static string[] Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var character in text)
        {
            if (char.IsLetterOrDigit(character))
            {
                word.Append(char.ToLowerInvariant(character));
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return [.. words];
    }

    /// <returns>0 to 1.</returns>
    public static double Score(string[] one, string[] other)
    {
        if (one.Length == 0 || other.Length == 0)
        {
            return 0;
        }

        var common = CommonSubsequence(one, other);
        var (precision, recall) = ((double)common / one.Length, (double)common / other.Length);
        return common == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /// <summary>Whether the score is above a limit; most pairs are decided by their lengths alone.</summary>
    public static bool IsAbove(string[] one, string[] other, double limit)
    {
        double most = Math.Min(one.Length, other.Length);
        return most > 0 && 2 * most / (one.Length + other.Length) > limit && Score(one, other) > limit;
    }

    private static int CommonSubsequence(string[] one, string[] other)
    {
        var row = new int[other.Length + 1];
        foreach (var word in one)
        {
            var diagonal = 0;
            for (var index = 1; index <= other.Length; index++)
            {
                var above = row[index];
                row[index] = word == other[index - 1] ? diagonal + 1 : Math.Max(above, row[index - 1]);
                diagonal = above;
            }
        }

        return row[^1];
    }
}
