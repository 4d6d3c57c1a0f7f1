using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Which tokens have a role, which of them are put around every text, and the chat templates: spread over five files.</summary>
internal static class SpecialTokenFiles
{
    public static TokenizerData Complete(TokenizerData data, SourceFolder folder, JsonElement? tokenizer, VocabularyRequest request)
    {
        using var settings = folder.ReadJson(AddedTokenFiles.Config);
        using var generation = folder.ReadJson("generation_config.json");
        var config = settings?.RootElement;
        var frame = TextFrame.Read(tokenizer, config);
        var roles = new TokenRoles(data.Tokens, tokenizer);
        foreach (var role in TokenRoles.Names)
        {
            roles.SetText(role, frame.TextOf(role));
        }

        foreach (var role in TokenRoles.Names)
        {
            roles.SetId(role, request.Config.FindSaid($"{role}_token_id"));
        }

        foreach (var (role, text) in request.Rules.Roles)
        {
            roles.SetText(role, text);
        }

        // The engine puts an end after texts of such vocabularies unless it is told not to.
        var isUnigram = data.Model == Unigrams.Model;
        var isOfT5 = config.Find("tokenizer_class").Text()?.StartsWith("T5Tokenizer", StringComparison.Ordinal) == true;
        var (templates, template) = ChatTemplates.Read(folder, config);
        var special = data.Special with
        {
            Begin = roles.Find("bos") ?? data.Special.Begin,
            End = roles.Find("eos") ?? data.Special.End,
            EndOfTurn = roles.Find("eot"),
            EndOfMessage = roles.Find("eom"),
            Unknown = data.Special.Unknown ?? roles.Find("unk"),
            Separator = roles.Find("sep") ?? data.Special.Separator,
            Padding = roles.Find("pad") ?? data.Special.Padding,
            Mask = roles.Find("mask") ?? data.Special.Mask,
            AddsBegin = Adds("bos") ?? (isUnigram ? !isOfT5 && tokenizer is null : PreTokenizers.NeedsWord(data.Pre, tokenizer is not null)),
            AddsEnd = Adds("eos") ?? (isUnigram ? isOfT5 : null),
            AddsSeparator = Adds("sep"),
            AddsSpacePrefix =
                request.Rules.SpacePrefix ?? (request.Rules.SaysSpacePrefix ? config.Find("add_prefix_space").Flag() : null) ?? data.Special.AddsSpacePrefix,
            Lowercases = Normalizer(tokenizer, "Lowercase", "lowercase"),
            StripsAccents = Normalizer(tokenizer, "StripAccents", "strip_accents"),
        };
        return data with
        {
            Special = EndTokens.KeepAll(folder, special, data, generation?.RootElement, request),
            ChatTemplate = template,
            OtherTemplates = templates,
        };

        bool? Adds(string role) =>
            request.Rules.AlwaysAdds.FirstOrDefault(entry => entry.Role == role) is { Role: not null } always ? always.Adds
            : frame.Adds(role) is { } framed ? framed
            : config.Find($"add_{role}_token").Flag() is { } said ? said
            : request.Rules.Adds.FirstOrDefault(entry => entry.Role == role) is { Role: not null } usual ? usual.Adds
            : null;
    }

    // A normalizer of its own, one flag of BERT's, or one of several.
    private static bool? Normalizer(JsonElement? tokenizer, string type, string flag)
    {
        var normalizer = tokenizer.Find("normalizer");
        bool? found = null;
        foreach (
            var part in normalizer.Find("normalizers") is { } several ? ((JsonElement?)several).Items()
            : normalizer is { } one ? [one]
            : []
        )
        {
            found =
                part.Find("type").Text() == type ? true
                : part.Find("type").Text() == "BertNormalizer" ? part.Find(flag).Flag() ?? found
                : found;
        }

        return found;
    }
}
