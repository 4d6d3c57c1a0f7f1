using System.Text.RegularExpressions;
using Ilab.Engine.Errors;

namespace Ilab.Sources.HuggingFace;

/// <summary>A file in a repository; size in bytes, and its digest if it is stored in LFS.</summary>
internal sealed record HubFile(string Path, long Size, string? Sha256);

/// <summary>Selects the files of a model in a repository.</summary>
internal static partial class HubFiles
{
    private static readonly string[] Preferred = ["Q4_K_M", "Q8_0"];

    /// <returns>All parts, in order.</returns>
    /// <exception cref="EngineException">NOT_FOUND, listing the available files.</exception>
    public static IReadOnlyList<HubFile> Choose(IReadOnlyList<HubFile> files, HubReference reference)
    {
        var models = files
            .Where(static file =>
                file.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && !Name(file).StartsWith("mmproj", StringComparison.OrdinalIgnoreCase)
            )
            .OrderBy(static file => file.Path, StringComparer.Ordinal)
            .ToArray();
        if (models.Length == 0)
        {
            throw new EngineException(
                ErrorKind.NotFound,
                $"{reference.Repository} contains no GGUF file",
                "find a repository with GGUF in its name, or convert the model"
            );
        }

        var first = reference.File is { } wanted ? ByPath(models, wanted, reference) : ByQuantization(models, reference);
        return Parts(models, first, reference);
    }

    private static HubFile ByPath(HubFile[] models, string wanted, HubReference reference) =>
        models.FirstOrDefault(file => file.Path == wanted)
        ?? models.FirstOrDefault(file =>
            file.Path.StartsWith(wanted + "/", StringComparison.Ordinal)
            && IsFirst(file)
            && (reference.Quantization is null || Matches(file, reference.Quantization))
        )
        ?? throw Missing(models, $"{wanted} is not in {reference.Repository}");

    private static HubFile ByQuantization(HubFile[] models, HubReference reference)
    {
        var firsts = models.Where(IsFirst).ToArray();
        if (reference.Quantization is { } quantization)
        {
            return firsts.FirstOrDefault(file => Matches(file, quantization)) ?? throw Missing(models, $"{reference.Repository} has no {quantization}");
        }

        return Preferred.Select(preferred => firsts.FirstOrDefault(file => Matches(file, preferred))).FirstOrDefault(static file => file is not null)
            ?? firsts[0];
    }

    /// <summary>All parts of the model that a file belongs to.</summary>
    private static IReadOnlyList<HubFile> Parts(HubFile[] models, HubFile part, HubReference reference)
    {
        var match = PartName().Match(part.Path);
        if (!match.Success || !int.TryParse(match.Groups["count"].ValueSpan, out var count))
        {
            return [part];
        }

        return
        [
            .. Enumerable
                .Range(1, count)
                .Select(number =>
                {
                    var path = $"{part.Path[..match.Index]}-{number:00000}-of-{count:00000}.gguf";
                    return models.FirstOrDefault(file => file.Path == path)
                        ?? throw new EngineException(ErrorKind.Source, $"{reference.Repository}: a part of the model is missing: {path}");
                }),
        ];
    }

    [GeneratedRegex("-[0-9]{5}-of-(?<count>[0-9]{5})\\.gguf$")]
    private static partial Regex PartName();

    private static bool IsFirst(HubFile file) =>
        !file.Path.Contains("-of-", StringComparison.Ordinal) || file.Path.Contains("-00001-of-", StringComparison.Ordinal);

    /// <summary>Whether the name contains the quantization as a separate word: Q4_K must not match Q4_K_M.</summary>
    private static bool Matches(HubFile file, string quantization)
    {
        var path = file.Path;
        for (
            var at = path.IndexOf(quantization, StringComparison.OrdinalIgnoreCase);
            at >= 0;
            at = path.IndexOf(quantization, at + 1, StringComparison.OrdinalIgnoreCase)
        )
        {
            var end = at + quantization.Length;
            if ((at == 0 || !IsWord(path[at - 1])) && (end == path.Length || !IsWord(path[end])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(char character) => char.IsAsciiLetterOrDigit(character) || character == '_';

    private static string Name(HubFile file) => file.Path[(file.Path.LastIndexOf('/') + 1)..];

    private static EngineException Missing(HubFile[] models, string problem) =>
        new(
            ErrorKind.NotFound,
            $"{problem}; available: {string.Join(", ", models.Where(IsFirst).Take(8).Select(Name))}{(models.Length > 8 ? ", ..." : "")}",
            "choose one of those"
        );
}
