using Configured = Ilab.Configuration.Runs.Problems.Spelling;

namespace Ilab.Cli.Output;

/// <summary>Words that were probably meant.</summary>
internal static class Spelling
{
    /// <summary>The word that was probably meant; null when none is close.</summary>
    public static string? Closest(IEnumerable<string> known, string word)
    {
        var limit = Math.Clamp(word.Length / 3, 1, 3);
        var best = known
            .Select(name => (Name: name, Distance: Configured.Distance(name, word)))
            .DefaultIfEmpty(("", int.MaxValue))
            .MinBy(static candidate => candidate.Item2);
        return best.Item2 <= limit && word.Length > 2 ? best.Item1 : null;
    }
}
