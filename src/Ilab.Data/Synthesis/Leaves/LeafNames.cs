using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ilab.Engine.Errors;
using Ilab.Taxonomy;

namespace Ilab.Data.Synthesis.Leaves;

/// <summary>Names leaves by their paths: different files are different leaves.</summary>
internal static class LeafNames
{
    private const string Unnamed = "questions";

    /// <summary>
    /// The path of each file from the taxonomy's root directory, without the file name. A file outside a taxonomy is named after its directory, with a number
    /// if there are several of that name.
    /// </summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: a file is given twice.</exception>
    public static IReadOnlyList<string> PathsOf(IReadOnlyList<InputFile> files)
    {
        var (paths, taken) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        var twice = files.GroupBy(static file => FullPathOf(file), StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1);
        if (twice is not null)
        {
            throw GivenTwice(twice.First().Path);
        }

        foreach (var file in files)
        {
            var parts = TaxonomyPath.Of(FullPathOf(file));
            var path = parts.Count > 1 ? string.Join('/', parts.SkipLast(1)) : FolderOf(file, taken);
            paths.Add(taken.Add(path) ? path : throw GivenTwice(path));
        }

        return paths;
    }

    /// <summary>
    /// Paths may differ and their file names be the same: <c>a/b_c</c> and <c>a_b/c</c>. Such file names get a suffix that depends on the path alone.
    /// </summary>
    public static IReadOnlyList<Leaf> WithFileNames(IReadOnlyList<Leaf> leaves)
    {
        var shared = leaves
            .GroupBy(static leaf => leaf.FileName, StringComparer.OrdinalIgnoreCase)
            .Where(static group => group.Count() > 1)
            .Select(static group => group.Key)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. leaves.Select(leaf => shared.Contains(leaf.FileName) ? leaf with { FileName = $"{leaf.FileName}-{Suffix(leaf.Path)}" } : leaf)];
    }

    private static string Suffix(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..8];

    private static string FolderOf(InputFile file, HashSet<string> taken)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(FullPathOf(file))) is { Length: > 0 } name ? name : Unnamed;
        var path = folder;
        for (var number = 2; taken.Contains(path); number++)
        {
            path = string.Create(CultureInfo.InvariantCulture, $"{folder}-{number}");
        }

        return path;
    }

    private static string FullPathOf(InputFile file) => file.FullPath.Length > 0 ? file.FullPath : "/" + file.Path.TrimStart('/');

    private static EngineException GivenTwice(string path) => new(ErrorKind.InvalidArgument, $"{path} is given twice", "specify each file once");
}
