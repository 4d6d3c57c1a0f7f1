using System.Globalization;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Store.Catalog;

/// <summary>The files of one model: one GGUF file, or all parts of a split one, and a license file next to them.</summary>
internal sealed record ModelFolder(IReadOnlyList<string> Weights, string? LicensePath)
{
    public const long LongestLicense = 1 << 20;

    /// <exception cref="EngineException">NOT_FOUND, INVALID_MODEL, INVALID_ARGUMENT: none, several, or missing parts.</exception>
    public static ModelFolder Find(string path)
    {
        if (File.Exists(path))
        {
            return new ModelFolder(PartsOf(path), null);
        }

        if (!Directory.Exists(path))
        {
            throw new EngineException(ErrorKind.NotFound, $"{path}: no such file or directory");
        }

        var files = Directory.GetFiles(path, "*.gguf").Order(StringComparer.Ordinal).ToArray();
        var firsts = files.Where(static file => SplitOf(file) is not { Part: > 1 }).ToArray();
        return firsts.Length switch
        {
            0 => throw SourceFile.NoGgufIn(path),
            1 => new ModelFolder(PartsOf(firsts[0]), LicenseIn(path)),
            _ => throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{path} holds {firsts.Length} models: {string.Join(", ", firsts.Take(5).Select(Path.GetFileName))}",
                "specify one of the files"
            ),
        };
    }

    private static IReadOnlyList<string> PartsOf(string file)
    {
        if (SplitOf(file) is not { } split)
        {
            return [file];
        }

        var parts = Enumerable
            .Range(1, split.Count)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{split.Prefix}-{part:00000}-of-{split.Count:00000}.gguf"))
            .ToArray();
        var missing = parts.Where(static part => !File.Exists(part)).Select(Path.GetFileName).ToArray();
        return missing.Length == 0
            ? parts
            : throw new EngineException(
                ErrorKind.InvalidModel,
                $"{Path.GetFileName(file)} is part of a split model, of which {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing",
                "put all parts into one directory"
            );
    }

    /// <summary>Parses <c>prefix-00002-of-00005.gguf</c>.</summary>
    private static (string Prefix, int Part, int Count)? SplitOf(string file)
    {
        const int Suffix = 20; // -00001-of-00005.gguf
        if (file.Length <= Suffix || !file.EndsWith(".gguf", StringComparison.Ordinal))
        {
            return null;
        }

        var tail = file[^Suffix..];
        return
            tail[0] == '-'
            && tail.AsSpan(6, 4).SequenceEqual("-of-")
            && int.TryParse(tail.AsSpan(1, 5), NumberStyles.None, CultureInfo.InvariantCulture, out var part)
            && int.TryParse(tail.AsSpan(10, 5), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && part >= 1
            && count >= part
            && count <= 999
            ? (file[..^Suffix], part, count)
            : null;
    }

    private static string? LicenseIn(string folder) =>
        Directory
            .EnumerateFiles(folder)
            .Where(static file =>
                Path.GetFileNameWithoutExtension(file).Equals("LICENSE", StringComparison.OrdinalIgnoreCase) && new FileInfo(file).Length <= LongestLicense
            )
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
}
