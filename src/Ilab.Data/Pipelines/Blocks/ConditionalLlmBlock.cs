using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Like <see cref="LlmBlock"/>, with the prompt selected by the value of a column.</summary>
internal sealed class ConditionalLlmBlock : LlmBlock
{
    private readonly Dictionary<string, PromptTemplate>? _prompts;
    private readonly string _selector;

    public ConditionalLlmBlock(string name, BlockConfig config)
        : base(name, config, new PromptTemplate(config, First(config)))
    {
        _selector = config.Text("selector_column_name");
        var paths = Paths(config);
        _prompts = paths is [(_, "All")]
            ? null
            : paths.ToDictionary(static path => path.Key, path => new PromptTemplate(config, path.Path), StringComparer.Ordinal);
    }

    protected override PromptTemplate? PromptFor(Row row, BlockRun run)
    {
        if (_prompts is null)
        {
            return Prompt;
        }

        if (row.TryGet(_selector, out var value) && _prompts.TryGetValue(Values.Text(value), out var prompt))
        {
            return prompt;
        }

        run.Reject(Name, row.Has(_selector) ? $"no prompt for {Values.Text(value)}" : $"{_selector} is not defined");
        return null;
    }

    private static string First(BlockConfig config) => Paths(config)[0].Path;

    private static List<(string Path, string Key)> Paths(BlockConfig config)
    {
        var paths = config
            .List("config_paths")
            .Select(entry =>
                entry is List<object?> { Count: 2 } pair
                    ? (Values.Text(pair[0]), Values.Text(pair[1]))
                    : throw config.Wrong("config_paths must be a list of pairs of path and value", "such as [[a.yaml, easy], [b.yaml, hard]]")
            )
            .ToList();
        return paths.Count > 0 ? paths : throw config.Wrong("config_paths is empty");
    }
}
