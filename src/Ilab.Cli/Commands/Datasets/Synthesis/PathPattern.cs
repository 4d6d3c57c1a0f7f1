using System.IO.Enumeration;

namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>Glob patterns as in shells: <c>*</c> stays within a directory, <c>**</c> crosses directories.</summary>
internal static class PathPattern
{
    private const string AnyFolders = "**";

    public static bool FitsAny(string path, IEnumerable<string> patterns) => patterns.Any(pattern => Fits(path.Split('/'), pattern.TrimStart('/').Split('/')));

    private static bool Fits(ReadOnlySpan<string> path, ReadOnlySpan<string> pattern)
    {
        if (pattern.IsEmpty || path.IsEmpty)
        {
            return path.IsEmpty && !pattern.ContainsAnyExcept(AnyFolders);
        }

        return pattern[0] == AnyFolders
            ? Fits(path, pattern[1..]) || Fits(path[1..], pattern)
            : FileSystemName.MatchesSimpleExpression(pattern[0], path[0], ignoreCase: false) && Fits(path[1..], pattern[1..]);
    }
}
