using Ilab.Engine.Errors;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Names of error kinds as runners write them: <c>INVALID_MODEL</c>, optionally with the prefix of the public enumeration.</summary>
public static class ErrorKindNames
{
    private static readonly Dictionary<string, ErrorKind> Kinds = Enum.GetValues<ErrorKind>().ToDictionary(k => k.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Null for an empty or unknown name.</summary>
    public static ErrorKind? Parse(string? name)
    {
        var bare = (name ?? "").Replace("ERROR_KIND_", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return Kinds.TryGetValue(bare, out var kind) ? kind : null;
    }
}
