using System.Globalization;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>The files of one local model, found by the service's rules: one GGUF file, or all parts of a split one, and the license beside them.</summary>
internal sealed record LocalModel(IReadOnlyList<string> Weights, string? License)
{
    private const long MaxLicenseBytes = 1 << 20;
    private const int SuffixLength = 20; // -00001-of-00005.gguf

    /// <exception cref="IlabException">INVALID_MODEL, INVALID_ARGUMENT, PERMISSION_DENIED.</exception>
    public static LocalModel Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return new LocalModel(PartsOf(path), null);
        }

        try
        {
            var firsts = Directory.GetFiles(path, "*.gguf").Order(StringComparer.Ordinal).Where(static file => SplitOf(file) is not { Part: > 1 }).ToArray();
            return firsts.Length switch
            {
                0 => throw new IlabException(ErrorKind.InvalidModel, $"{path} contains no GGUF file", "convert the model first: ilab model convert"),
                1 => new LocalModel(PartsOf(firsts[0]), ReadLicense(path)),
                _ => throw new IlabException(
                    ErrorKind.InvalidArgument,
                    $"{path} contains {firsts.Length} models: {string.Join(", ", firsts.Take(5).Select(Path.GetFileName))}",
                    "name one of the files"
                ),
            };
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Read, exception);
        }
    }

    private static IReadOnlyList<string> PartsOf(string file)
    {
        if (SplitOf(file) is not { } split)
        {
            return [file];
        }

        var parts = Enumerable
            .Range(1, split.Count)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{file[..^SuffixLength]}-{part:00000}-of-{split.Count:00000}.gguf"))
            .ToArray();
        var missing = parts.Where(static part => !File.Exists(part)).Select(Path.GetFileName).ToArray();
        return missing.Length == 0
            ? parts
            : throw new IlabException(
                ErrorKind.InvalidModel,
                $"{Path.GetFileName(file)} is one part of a split model; missing: {string.Join(", ", missing)}",
                "put all parts into one directory"
            );
    }

    /// <summary>Part and count of <c>prefix-00002-of-00005.gguf</c>; null for other names.</summary>
    private static (int Part, int Count)? SplitOf(string file)
    {
        if (file.Length <= SuffixLength || !file.EndsWith(".gguf", StringComparison.Ordinal))
        {
            return null;
        }

        var tail = file[^SuffixLength..];
        return
            tail[0] == '-'
            && tail.AsSpan(6, 4).SequenceEqual("-of-")
            && int.TryParse(tail.AsSpan(1, 5), NumberStyles.None, CultureInfo.InvariantCulture, out var part)
            && int.TryParse(tail.AsSpan(10, 5), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && part >= 1
            && count >= part
            && count <= 999
            ? (part, count)
            : null;
    }

    private static string? ReadLicense(string folder) =>
        Directory
            .EnumerateFiles(folder)
            .Where(static file =>
                Path.GetFileNameWithoutExtension(file).Equals("LICENSE", StringComparison.OrdinalIgnoreCase) && new FileInfo(file).Length <= MaxLicenseBytes
            )
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText)
            .FirstOrDefault();
}
