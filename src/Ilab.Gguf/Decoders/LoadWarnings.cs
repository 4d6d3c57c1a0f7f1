using Ilab.Gguf.Families;

namespace Ilab.Gguf.Decoders;

/// <summary>What a GGUF says and the engine does not compute, so that results differ from those of the original: one line each.</summary>
public static class LoadWarnings
{
    private const string Window = "attention.sliding_window",
        Magnitude = "rope.scaling.yarn_attn_factor";
    private const float MagnitudeOfFactor = 0.1f,
        Near = 1e-4f;

    /// <summary>Settings of yarn that the engine reads for some architectures only, with what it takes for the others.</summary>
    private static readonly (string Key, float Usual)[] Ramp = [("rope.scaling.yarn_beta_fast", 32), ("rope.scaling.yarn_beta_slow", 1)];

    private static readonly string[] ReadsRamp = ["mistral3", "grok"];

    /// <param name="file">The header of the first part of a model.</param>
    public static IReadOnlyList<string> Of(GgufFile file)
    {
        var architecture = file.GetString("general.architecture") ?? "";
        var warnings = new List<string>();
        if (WindowOf(file, architecture) is { } window)
        {
            warnings.Add(
                $"the model attends to the last {window} tokens only ({architecture}.{Window}), which the engine does not do for this architecture: "
                    + $"answers to texts of more than {window} tokens differ from those of the original"
            );
        }

        if (file.GetString($"{architecture}.rope.scaling.type") == "yarn")
        {
            var factor = Number(file, $"{architecture}.rope.scaling.factor") ?? 1;
            var usual = factor > 1 ? 1 + (MagnitudeOfFactor * MathF.Log(factor)) : 1;
            var others = Ramp.Where(entry => !ReadsRamp.Contains(architecture)).Append((Key: Magnitude, Usual: usual));
            warnings.AddRange(
                others
                    .Where(entry => Number(file, $"{architecture}.{entry.Key}") is { } said && Math.Abs(said - entry.Usual) > Near)
                    .Select(entry =>
                        $"the engine does not read {architecture}.{entry.Key} ({Number(file, $"{architecture}.{entry.Key}")}): answers to long texts differ"
                    )
            );
        }

        return warnings;
    }

    private static ulong? WindowOf(GgufFile file, string architecture)
    {
        var family = FamilyList.OfArchitecture(architecture);
        var isRead = family is null || (!family.IgnoresWindows && family.Metadata.Any(static rule => rule.Key == Window));
        return
            !isRead
            && file.GetUnsigned($"{architecture}.{Window}") is { } window and > 0
            && window < (file.GetUnsigned($"{architecture}.context_length") ?? ulong.MaxValue)
            ? window
            : null;
    }

    private static float? Number(GgufFile file, string key) => file.Metadata.GetValueOrDefault(key)?.Value as float?;
}
