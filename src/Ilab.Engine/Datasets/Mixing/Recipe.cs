using Ilab.Engine.Errors;
using Ilab.Engine.Pipelines;

namespace Ilab.Engine.Datasets.Mixing;

/// <summary>Recipes as InstructLab writes them: <c>datasets</c> with <c>path</c> and <c>sampling_size</c> (whole: records; with a point: share), and <c>metadata.sys_prompt</c>.</summary>
public sealed record Recipe(IReadOnlyList<MixPart> Parts, string SystemPrompt)
{
    /// <param name="own">The dataset that the recipe belongs to, whose files its paths may be; null = paths are names of datasets.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT.</exception>
    public static Recipe Read(string text, string name, ResolvedDataset? own)
    {
        try
        {
            var root = BlockConfig.ReadMapping(text, name);
            var list = root.TryGetValue("datasets", out var datasets) && datasets is List<object?> some ? some : throw new PipelineException($"{name} has no datasets");
            var system = root.TryGetValue("metadata", out var metadata) && metadata is IDictionary<string, object?> section && section.TryGetValue("sys_prompt", out var prompt) && prompt is not null ? Values.Text(prompt) : "";
            return new Recipe([.. list.Select((entry, index) => Part(entry, $"{name}, dataset {index + 1}", own))], system);
        }
        catch (PipelineException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, exception.Message, exception.Hint, exception);
        }
    }

    /// <summary>The mix with these parts, too; its own system prompt goes before the recipe's.</summary>
    public MixRequest AddTo(MixRequest mix) => mix with { Parts = [.. mix.Parts, .. Parts], SystemPrompt = mix.SystemPrompt.Length > 0 ? mix.SystemPrompt : SystemPrompt };

    private static MixPart Part(object? entry, string place, ResolvedDataset? own)
    {
        if (entry is not IDictionary<string, object?> values || !values.TryGetValue("path", out var path) || path is null)
        {
            throw new PipelineException($"{place} has no path");
        }

        var size = values.TryGetValue("sampling_size", out var given) ? given : 1.0;
        var (ratio, count) = size switch
        {
            double share and >= 0 => (share, 0L),
            long number and >= 0 => (0.0, number),
            _ => throw new PipelineException($"{place}: sampling_size is {Values.Text(size)}", "a whole number of records, or a share such as 0.5"),
        };
        var title = Values.Text(path);
        var isOwn = own is not null && own.Files.Any(file => file.Title == title);
        return new MixPart { Reference = isOwn ? own!.Record.Digest.ToString() : title, File = isOwn ? title : null, Ratio = ratio, Count = count };
    }
}
