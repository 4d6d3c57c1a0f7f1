using System.Globalization;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Http.Ollama;

/// <summary>Models in the shapes of this API.</summary>
internal static class DetailsOf
{
    public static Details Model(ModelRecord model) =>
        new(
            "",
            "gguf",
            model.Architecture,
            [model.Architecture],
            Count(model.Parameters),
            model.Quantization,
            model.ContextLength > 0 ? model.ContextLength : null
        );

    /// <summary>A number of parameters for people: <c>135M</c>, <c>8.0B</c>.</summary>
    public static string Count(ulong parameters) =>
        parameters switch
        {
            >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e9:0.0}B"),
            >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e6:0.##}M"),
            >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e3:0.##}K"),
            _ => parameters.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>Metadata with the template of a model.</summary>
    public const string TemplateKey = "tokenizer.chat_template";

    /// <summary>Whether a model with that template thinks before it answers.</summary>
    public static bool Thinks(string? template) =>
        template is not null
        && template.Contains(ThoughtSplitter.Begin, StringComparison.Ordinal)
        && template.Contains(ThoughtSplitter.End, StringComparison.Ordinal);

    /// <summary>What it is good for.</summary>
    public static IReadOnlyList<string> Capabilities(ModelSummary summary, string? template) =>
        ModelPurpose.Of(summary) switch
        {
            ModelPurpose.Encoder or ModelPurpose.Embedding => ["embedding"],
            not null => [],
            _ => template is null ? ["completion"] : [.. ((string[])["completion"]), .. OfTemplate(template)],
        };

    private static IEnumerable<string> OfTemplate(string template)
    {
        if (template.Contains("tools", StringComparison.Ordinal) || template.Contains("tool_call", StringComparison.Ordinal))
        {
            yield return "tools";
        }

        if (Thinks(template))
        {
            yield return "thinking";
        }
    }
}
