using System.Text.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Which tokens begin and end a text, and the chat template: spread over four files.</summary>
internal static class SpecialTokenFiles
{
    public static TokenizerData Complete(TokenizerData data, SourceFolder folder, JsonElement? tokenizer)
    {
        using var settings = folder.ReadJson("tokenizer_config.json");
        using var model = folder.ReadJson(SourceFolder.ConfigFile);
        using var generation = folder.ReadJson("generation_config.json");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = data.Tokens.Length - 1; id >= 0; id--)
        {
            ids[data.Tokens[id]] = id;
        }

        var config = settings?.RootElement;
        var begin = Id("bos");
        var end = Id("eos");
        return data with
        {
            Special = data.Special with
            {
                Begin = begin,
                End = end,
                EndOfTurn = EndOfTurn(end),
                Unknown = Id("unk"),
                Padding = Id("pad"),
                AddsBegin =
                    config.Find("add_bos_token").Flag()
                    ?? (
                        Frames(tokenizer, first: true, begin) ? true
                        : tokenizer is null || data.Model == "llama" ? null
                        : false
                    ),
                AddsEnd = config.Find("add_eos_token").Flag() ?? (Frames(tokenizer, first: false, end) ? true : null),
                AddsSpacePrefix = config.Find("add_prefix_space").Flag() ?? data.Special.AddsSpacePrefix,
            },
            ChatTemplate = TemplateOf(folder, config),
        };

        int? Id(string kind)
        {
            var entry = config.Find(kind + "_token");
            if ((entry.Text() ?? entry.Find("content").Text()) is { } text && ids.TryGetValue(text, out var named))
            {
                return named;
            }

            var said = model?.RootElement.Find(kind + "_token_id");
            var id = said.Int() ?? said.Items().Select(static item => ((JsonElement?)item).Int()).FirstOrDefault();
            return id is { } value && value >= 0 && value < data.Tokens.Length ? value : null;
        }

        // What generation stops at besides the end of the text: models that chat list several.
        int? EndOfTurn(int? textEnd) =>
            (generation?.RootElement.Find("eos_token_id"))
                .Items()
                .Select(static item => ((JsonElement?)item).Int())
                .FirstOrDefault(id => id is { } value && value != textEnd && value >= 0 && value < data.Tokens.Length);
    }

    /// <summary>Whether the post-processor puts a token before (or after) every text.</summary>
    private static bool Frames(JsonElement? tokenizer, bool first, int? id)
    {
        if (id is null || tokenizer.Find("post_processor") is not { } processor)
        {
            return false;
        }

        var templates = (processor.Find("processors") is { } several ? ((JsonElement?)several).Items() : [processor]).Where(static entry =>
            entry.Find("type").Text() == "TemplateProcessing"
        );
        return templates.Any(template =>
        {
            var single = template.Find("single").Items().ToArray();
            var special = single.Length > 1 ? single[first ? 0 : ^1].Find("SpecialToken").Find("id").Text() : null;
            return special is not null && template.Find("special_tokens").Find(special).Find("ids").Items().Any(item => ((JsonElement?)item).Int() == id);
        });
    }

    private static string? TemplateOf(SourceFolder folder, JsonElement? config)
    {
        if (folder.Has("chat_template.jinja"))
        {
            return folder.ReadText("chat_template.jinja");
        }

        if (config.Find("chat_template") is { } template)
        {
            // One text, or several with names.
            return ((JsonElement?)template).Text()
                ?? ((JsonElement?)template)
                    .Items()
                    .OrderByDescending(static entry => entry.Find("name").Text() == "default")
                    .Select(static entry => entry.Find("template").Text())
                    .FirstOrDefault();
        }

        using var file = folder.ReadJson("chat_template.json");
        return file?.RootElement.Find("chat_template").Text();
    }
}
