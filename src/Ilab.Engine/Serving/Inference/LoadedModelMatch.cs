using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Matches references to loaded models.</summary>
public static class LoadedModelMatch
{
    private const string Latest = ":latest";
    private const string Algorithm = "sha256:";

    /// <summary>By name with or without <c>:latest</c>, digest, digest prefix (at least 4 hex digits) or runner id.</summary>
    public static bool IsMeant(LoadedModel model, string reference)
    {
        if (reference.Length == 0)
        {
            return false;
        }

        if (Bare(model.Name) == Bare(reference) || model.RunnerId == reference)
        {
            return true;
        }

        var hex = reference.StartsWith(Algorithm, StringComparison.Ordinal) ? reference[Algorithm.Length..] : reference;
        return hex.Length >= 4
            && (model.RunnerId.StartsWith(hex, StringComparison.Ordinal) || model.Digest.StartsWith(Algorithm + hex, StringComparison.Ordinal));
    }

    private static string Bare(string name) => name.EndsWith(Latest, StringComparison.Ordinal) ? name[..^Latest.Length] : name;
}
