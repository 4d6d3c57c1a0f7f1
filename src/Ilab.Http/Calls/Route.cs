namespace Ilab.Http.Calls;

/// <summary>An endpoint.</summary>
/// <param name="Method">Such as <c>POST</c>; <c>GET</c> endpoints answer HEAD requests, too.</param>
/// <param name="Path">A path ending in <c>/*</c> takes anything after the slash.</param>
/// <param name="Handle">Reads the request and writes the answer, or throws.</param>
internal sealed record Route(string Method, string Path, Func<HttpCall, Task> Handle)
{
    private const string Wildcard = "*";

    /// <summary>Names it in the service's table of permissions.</summary>
    public string Operation => $"{Method} {Path}";

    /// <summary>What the path has for the wildcard, "" without one; null = the path is another one.</summary>
    public string? Match(string path)
    {
        if (!Path.EndsWith(Wildcard, StringComparison.Ordinal))
        {
            return path == Path ? "" : null;
        }

        var prefix = Path.AsSpan()[..^Wildcard.Length];
        return path.Length > prefix.Length && path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : null;
    }
}
