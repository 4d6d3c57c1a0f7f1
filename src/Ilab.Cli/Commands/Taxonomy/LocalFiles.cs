using System.IO.Enumeration;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Finds the qna.yaml files below files and directories.</summary>
internal static class LocalFiles
{
    public const string FileName = "qna.yaml";
    public const string StandardInput = "-";

    /// <summary>The top directories of a taxonomy.</summary>
    public static readonly string[] Roots = ["compositional_skills", "knowledge"];

    /// <summary>A file itself, or all qna.yaml files below a directory, sorted by name.</summary>
    /// <exception cref="IlabException">NOT_FOUND, or a directory that cannot be read.</exception>
    public static IEnumerable<string> Below(string path)
    {
        if (path == StandardInput || (File.Exists(path) && !Directory.Exists(path)))
        {
            return [path];
        }

        RequireDirectory(path);
        var prefix = path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "";
        try
        {
            return [.. Walk(path).Select(file => path is "." or "./" ? file : $"{prefix}/{file}").Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(FileErrors.PathIn(exception) ?? path, FileUse.Read, exception);
        }
    }

    /// <exception cref="IlabException">NOT_FOUND.</exception>
    public static void RequireDirectory(string path)
    {
        if (!Directory.Exists(path))
        {
            throw FileErrors.Of(path, FileUse.Read, new FileNotFoundException());
        }
    }

    /// <summary>qna.yml, QNA.YAML and the like: meant as qna.yaml, but not read as one.</summary>
    public static bool IsMisnamed(string path) =>
        Path.GetFileName(path) is var name
        && name != FileName
        && (name.Equals(FileName, StringComparison.OrdinalIgnoreCase) || name.Equals("qna.yml", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Walk(string folder)
    {
        var top = Path.GetFullPath(folder).TrimEnd('/');
        return new FileSystemEnumerable<string>(
            top.Length == 0 ? "/" : top,
            (ref FileSystemEntry entry) => entry.ToFullPath()[(top.Length + 1)..],
            new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = 0,
                IgnoreInaccessible = false,
            }
        )
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                !entry.IsDirectory && (entry.FileName is FileName || IsMisnamed(entry.FileName.ToString())),
            ShouldRecursePredicate = static (ref FileSystemEntry entry) =>
                !entry.FileName.StartsWith('.') && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
    }
}
