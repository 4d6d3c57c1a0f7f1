using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Schema;

namespace Ilab.Configuration.Runs.Reading;

/// <summary>Tells from its keys what kind of run a file describes.</summary>
internal static class KindDetection
{
    private const int OwnKey = 8;
    private const int SharedKey = 3;

    /// <summary>Keys that are looked at for a misspelt name: more than any file has at its top.</summary>
    private const int MostKeys = 1000;

    /// <summary>Between kinds that fit equally well, the earlier one.</summary>
    private static readonly string[] Preferred = ["infer", "train", "eval"];

    /// <summary>Null when no kind has any of the keys.</summary>
    /// <param name="file">Its name decides between kinds that fit equally well.</param>
    public static ConfigClass? Find(RawMap root, string file)
    {
        ConfigClass? best = null;
        var bestScore = 0;
        foreach (var kind in RunSchema.Kinds.OrderBy(static kind => Array.IndexOf(Preferred, kind.Kind) is var at and >= 0 ? at : Preferred.Length))
        {
            var score = Score(kind, root) is var points and > 0 ? (2 * points) + (IsNamed(file, kind.Kind!) ? 1 : 0) : 0;
            if (score > bestScore)
            {
                (best, bestScore) = (kind, score);
            }
        }

        return best;
    }

    /// <summary>How many of the keys at the top belong to a kind.</summary>
    public static int Fits(RawMap root, ConfigClass kind) => root.Pairs.Count(pair => pair.Key.Value is string name && kind.Find(name) is not null);

    private static int Score(ConfigClass kind, RawMap root)
    {
        var score = 0;
        foreach (var (index, pair) in root.Pairs.Index())
        {
            if (pair.Key.Value is not string name || kind.Find(name) is not { } field)
            {
                // A misspelt name of a section counts when no other kind knows it better.
                score +=
                    index < MostKeys
                    && pair.Key.Value is string other
                    && pair.Value is RawMap
                    && Spelling.Nearest(other, kind.Fields.Select(static item => item.Name)) is not null
                        ? 1
                        : 0;
                continue;
            }

            score += RunSchema.Kinds.Count(other => other.Find(name) is not null) <= 2 ? OwnKey : SharedKey;
            if (field.Type.Shape == FieldShape.Section && pair.Value is RawMap inner)
            {
                var type = RunSchema.Class(field.Type.Name);
                score += inner.Pairs.Count(item => item.Key.Value is string key && type.Find(key) is not null) > 0 ? 1 : 0;
            }
        }

        return score;
    }

    private static bool IsNamed(string file, string kind)
    {
        var name = Path.GetFileName(file);
        return name.Contains(kind, StringComparison.OrdinalIgnoreCase)
            || (kind == "train" && (name.Contains("sft", StringComparison.OrdinalIgnoreCase) || name.Contains("lora", StringComparison.OrdinalIgnoreCase)));
    }
}
