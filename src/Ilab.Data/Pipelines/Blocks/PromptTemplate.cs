using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>A prompt in YAML: five parts joined by newlines, and the tags that delimit the parts of the completion.</summary>
internal sealed class PromptTemplate
{
    private static readonly string[] Parts = ["system", "introduction", "principles", "examples", "generation"];
    private readonly Template _template;

    public PromptTemplate(BlockConfig config, string path)
    {
        var values = config.Load(path);
        try
        {
            _template = Template.Parse(
                string.Join('\n', Parts.Select(part => values.TryGetValue(part, out var text) && text is not null ? Values.Text(text) : ""))
            );
        }
        catch (TemplateException exception)
        {
            throw config.Wrong($"{path}: {exception.Message}");
        }

        StartTags = Tags(values, "start_tags");
        EndTags = Tags(values, "end_tags");
    }

    public IReadOnlyList<string> StartTags { get; }

    public IReadOnlyList<string> EndTags { get; }

    /// <exception cref="TemplateException">A column is missing or has the wrong type.</exception>
    public string Render(Row row) => _template.Render(row.Columns).Trim();

    private static IReadOnlyList<string> Tags(IDictionary<string, object?> values, string key) =>
        values.TryGetValue(key, out var tags) && tags is List<object?> list ? [.. list.Select(static tag => tag is null ? "" : Values.Text(tag))] : [];
}
