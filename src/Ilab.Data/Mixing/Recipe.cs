using Ilab.Data.Datasets;
using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;
using Ilab.Jinja;

namespace Ilab.Data.Mixing;

/// <summary>
/// Recipes in InstructLab's format: <c>datasets</c> with <c>path</c> and <c>sampling_size</c> (integer: records; decimal: fraction), and
/// <c>metadata.sys_prompt</c>. A dataset may also have <c>replacement: false</c>, <c>golden</c> and <c>documents</c> (documents in context), <c>precomputed:
/// true</c>, and <c>minimum_share</c> of the precomputed records.
/// </summary>
public sealed record Recipe(IReadOnlyList<MixPart> Parts, string SystemPrompt)
{
    private static readonly string[] Known = ["path", "sampling_size", "replacement", "golden", "documents", "precomputed", "minimum_share"];

    /// <param name="own">The dataset that contains the recipe, whose files its paths may refer to; null = paths are files or dataset names.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT.</exception>
    public static Recipe Read(string text, string name, ResolvedDataset? own)
    {
        try
        {
            var root = BlockConfig.ReadMapping(text, name);
            var list =
                root.TryGetValue("datasets", out var datasets) && datasets is List<object?> some
                    ? some
                    : throw new PipelineException($"{name} has no datasets");
            var system =
                root.TryGetValue("metadata", out var metadata)
                && metadata is IDictionary<string, object?> section
                && section.TryGetValue("sys_prompt", out var prompt)
                && prompt is not null
                    ? Values.Text(prompt)
                    : "";
            return new Recipe([.. list.Select((entry, index) => Part(entry, $"{name}, dataset {index + 1}", own))], system);
        }
        catch (PipelineException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, exception.Message, exception.Hint, exception);
        }
    }

    /// <summary>Adds these parts to a mix, whose own system prompt takes precedence.</summary>
    public MixRequest AddTo(MixRequest mix) =>
        mix with
        {
            Parts = [.. mix.Parts, .. Parts],
            SystemPrompt = mix.SystemPrompt.Length > 0 ? mix.SystemPrompt : SystemPrompt,
        };

    /// <summary>Resolves paths to files in a directory; <c>DATASET/FILE.jsonl</c> is a file of a dataset.</summary>
    /// <param name="folder">Absolute path; empty = none.</param>
    public Recipe InFolder(string folder, Func<string, bool> isThere) => this with { Parts = [.. Parts.Select(part => In(folder, part, isThere))] };

    private static MixPart In(string folder, MixPart part, Func<string, bool> isThere)
    {
        if (!part.Reference.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            return part;
        }

        var path = folder.Length > 0 ? Path.GetFullPath(Path.Combine(folder, part.Reference)) : part.Reference;
        if (Path.IsPathRooted(path) && isThere(path))
        {
            return part with { Reference = "", Path = path };
        }

        var at = part.Reference.IndexOf("/leaves/", StringComparison.Ordinal) is > 0 and var leaves ? leaves : part.Reference.LastIndexOf('/');
        return at > 0
            ? part with
            {
                Reference = part.Reference[..at],
                File = part.Reference[(at + 1)..],
            }
            : throw new EngineException(
                ErrorKind.NotFound,
                $"the recipe refers to {part.Reference}, which does not exist{(folder.Length > 0 ? $" in {folder}" : "")}",
                "correct the path; paths are relative to the recipe's directory"
            );
    }

    private static MixPart Part(object? entry, string place, ResolvedDataset? own)
    {
        if (entry is not IDictionary<string, object?> values || !values.TryGetValue("path", out var path) || path is null)
        {
            throw new PipelineException($"{place} has no path");
        }

        if (values.Keys.FirstOrDefault(static key => !Known.Contains(key)) is { } odd)
        {
            throw new PipelineException($"{place}: unknown key {odd}", $"known keys: {string.Join(", ", Known)}");
        }

        var size = values.TryGetValue("sampling_size", out var given) ? given : 1.0;
        var (ratio, count) = size switch
        {
            double share and >= 0 => (share, 0L),
            long number and >= 0 => (0.0, number),
            _ => throw new PipelineException($"{place}: invalid sampling_size {Values.Text(size)}", "use a number of records, or a fraction such as 0.5"),
        };
        var title = Values.Text(path);
        var isOwn = own is not null && own.Files.Any(file => file.Title == title);
        return new MixPart
        {
            Reference = isOwn ? own!.Record.Digest.ToString() : title,
            File = isOwn ? title : null,
            Ratio = ratio,
            Count = count,
            WithoutReplacement = values.TryGetValue("replacement", out var replacement) && !Flag(replacement, "replacement", place),
            Golden = values.ContainsKey("golden") ? Fraction(values, "golden", place) : null,
            Documents = values.TryGetValue("documents", out var documents)
                ? documents is long and > 0 and <= 100
                    ? (int)(long)documents
                    : throw new PipelineException($"{place}: documents must be a number from 1 to 100")
                : 4,
            IsPrecomputed = values.TryGetValue("precomputed", out var precomputed) && Flag(precomputed, "precomputed", place),
            MinimumShare = Fraction(values, "minimum_share", place),
        };
    }

    private static bool Flag(object? value, string key, string place) => value as bool? ?? throw new PipelineException($"{place}: {key} must be true or false");

    private static double Fraction(IDictionary<string, object?> values, string key, string place) =>
        !values.TryGetValue(key, out var value) ? 0
        : Values.AsNumber(value) is { } number and >= 0 and <= 1 ? number
        : throw new PipelineException($"{place}: {key} must be a number from 0 to 1");
}
