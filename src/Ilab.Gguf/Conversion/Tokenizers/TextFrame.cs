using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// What the post-processor of tokenizer.json puts around texts, held against the roles that tokenizer_config.json gives. Templates that put a token in front or
/// behind are understood; what stands between two texts says whether there is a separator.
/// </summary>
internal sealed class TextFrame
{
    private readonly Dictionary<string, string?> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _adds = new(StringComparer.Ordinal);

    private TextFrame() { }

    /// <summary>The text of the token with a role; null = none.</summary>
    public string? TextOf(string role) => _texts.GetValueOrDefault(role);

    /// <summary>Whether its token is put around texts; null = not said.</summary>
    public bool? Adds(string role) => _adds.TryGetValue(role, out var adds) ? adds : null;

    public static TextFrame Read(JsonElement? tokenizer, JsonElement? config)
    {
        var frame = new TextFrame();
        foreach (var role in TokenRoles.Names.Append("cls"))
        {
            var entry = config.Find(role + "_token");
            frame._texts[role] = entry.Text() ?? entry.Find("content").Text();
        }

        if (tokenizer is null)
        {
            return frame;
        }

        frame._texts["bos"] ??= frame._texts["cls"];
        frame._texts["eos"] ??= frame._texts["sep"];
        var processor = tokenizer.Find("post_processor");
        foreach (
            var part in processor.Find("processors") is { } several ? ((JsonElement?)several).Items()
            : processor is { } one ? [one]
            : []
        )
        {
            switch (part.Find("type").Text())
            {
                case "RobertaProcessing":
                    frame.ReadRoberta(part);
                    break;
                case "TemplateProcessing":
                    frame.ReadTemplate(part, config is not null);
                    break;
            }
        }

        // A post-processor that says nothing of a token does not put it there.
        if (processor is not null)
        {
            frame._adds.TryAdd("bos", false);
            frame._adds.TryAdd("eos", false);
        }

        // Without settings only the config's ids count.
        if (config is null)
        {
            frame._texts.Clear();
        }

        return frame;
    }

    private void ReadRoberta(JsonElement part)
    {
        (_adds["bos"], _adds["eos"], _adds["sep"]) = (true, true, true);
        _texts["cls"] ??= part.Find("cls").Items().Select(static item => ((JsonElement?)item).Text()).FirstOrDefault() ?? _texts["bos"];
        _texts["sep"] ??= part.Find("sep").Items().Select(static item => ((JsonElement?)item).Text()).FirstOrDefault() ?? _texts["eos"];
    }

    private void ReadTemplate(JsonElement part, bool hasConfig)
    {
        var single = part.Find("single").Items().ToArray();
        var first = single.Length > 1 ? SpecialOf(single[0]) : null;
        var last = single.Length > 1 ? SpecialOf(single[^1]) : null;
        if (first is not null)
        {
            if (!hasConfig)
            {
                _texts["bos"] = first;
            }
            else if (first != _texts["bos"] && first != _texts["cls"])
            {
                _texts["bos"] ??= first;
                _texts["cls"] ??= first;
            }

            _adds["bos"] = first == _texts["bos"] || first == _texts["cls"];
        }

        if (last is not null)
        {
            if (hasConfig && last != _texts["eos"])
            {
                var role = _texts["eot"] is null ? "eot" : "eom";
                _texts[role] = _texts["eos"];
            }

            _texts["eos"] = last;
            _adds["eos"] = true;
        }

        ReadPair(part.Find("pair").Items().ToArray(), first, last, hasConfig);
    }

    private void ReadPair(JsonElement[] pair, string? first, string? last, bool hasConfig)
    {
        if (pair.Length == 0)
        {
            return;
        }

        var start = first is not null && SpecialOf(pair[0]) == first ? 1 : 0;
        var end = last is not null && SpecialOf(pair[^1]) == last ? pair.Length - 1 : pair.Length;
        if (end - start < 3 || SequenceOf(pair[start]) != "A" || SequenceOf(pair[end - 1]) != "B")
        {
            return;
        }

        var (separator, finish) = (_texts["sep"], _texts["eos"]);
        var between = pair[(start + 1)..(end - 1)].Select(SpecialOf).ToArray();
        var adds =
            (between[0] is { } one && (one == separator || one == finish) && last is null)
            || (between.Length == 2 && between[1] is { } two && (two == separator || two == finish));
        _adds["sep"] = adds;
        if (adds && hasConfig)
        {
            _texts["sep"] ??= finish;
        }
    }

    private static string? SpecialOf(JsonElement entry) => entry.Find("SpecialToken").Find("id").Text();

    private static string? SequenceOf(JsonElement entry) => entry.Find("Sequence").Find("id").Text();
}
