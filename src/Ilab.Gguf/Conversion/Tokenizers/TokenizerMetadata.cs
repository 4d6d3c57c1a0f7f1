namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>A tokenizer as GGUF metadata, and back.</summary>
public static class TokenizerMetadata
{
    private const string Prefix = "tokenizer.ggml.";
    private const string Template = "tokenizer.chat_template";
    private const uint None = uint.MaxValue;
    private static readonly string[] Kinds = ["llama", "gpt2", Unigrams.Model, Vocabularies.WordPieces, Vocabularies.Characters];

    public static void Write(TokenizerData data, GgufSettings settings)
    {
        void Set(string key, object? value) => settings.Set(Prefix + key, value);
        var special = data.Special;
        Set("model", data.Model);
        Set("pre", data.Pre);
        Set("token_type_count", (uint?)data.TokenTypes);
        Set("tokens", data.Tokens);
        Set("scores", data.Scores);
        Set("token_type", Array.ConvertAll(data.Kinds, static kind => (int)kind));
        Set("merges", data.Merges);
        Set("bos_token_id", (uint?)special.Begin);
        Set("eos_token_id", (uint?)special.End);
        Set("eot_token_id", (uint?)special.EndOfTurn);
        Set("eom_token_id", (uint?)special.EndOfMessage);
        Set("eos_token_ids", special.AllEnds.Count > 0 ? special.AllEnds.ToArray() : null);
        Set("unknown_token_id", (uint?)special.Unknown);
        Set("seperator_token_id", (uint?)special.Separator);
        Set("padding_token_id", (uint?)special.Padding);
        Set("mask_token_id", (uint?)special.Mask);
        Set("add_bos_token", special.AddsBegin);
        Set("add_eos_token", special.AddsEnd);
        Set("add_sep_token", special.AddsSeparator);
        Set("add_space_prefix", special.AddsSpacePrefix);
        Set("remove_extra_whitespaces", data.MergesSpaces);
        Set("precompiled_charsmap", data.CharacterMap);
        Set("normalizer.lowercase", special.Lowercases);
        Set("normalizer.strip_accents", special.StripsAccents);
        foreach (var (name, template) in data.OtherTemplates)
        {
            settings.Set($"{Template}.{name}", template);
        }

        settings.Set("tokenizer.chat_templates", data.OtherTemplates.Count > 0 ? data.OtherTemplates.Keys.ToArray() : null);
        settings.Set(Template, data.ChatTemplate is { Length: > 0 } text ? text : null);
    }

    /// <param name="stream">The file that <paramref name="file"/> is the header of.</param>
    /// <exception cref="ConversionException">No tokenizer, or of a kind that cannot be converted.</exception>
    public static TokenizerData Read(GgufFile file, Stream stream)
    {
        var model = file.GetString(Prefix + "model") ?? throw new ConversionException("the GGUF has no tokenizer");
        if (!Kinds.Contains(model))
        {
            throw new ConversionException($"a tokenizer of the kind {model} cannot be converted", $"{string.Join(", ", Kinds)} can", isUnsupported: true);
        }

        var arrays = new GgufArrays(file, stream);
        var tokens = arrays.Strings(Prefix + "tokens") ?? throw new ConversionException("the GGUF has no vocabulary");
        var kinds = arrays.Ints(Prefix + "token_type") ?? Enumerable.Repeat((int)TokenKind.Normal, tokens.Length).ToArray();
        return new TokenizerData
        {
            Model = model,
            Pre = file.GetString(Prefix + "pre") ?? "default",
            Tokens = tokens,
            Kinds = Array.ConvertAll(kinds, static kind => (TokenKind)kind),
            Scores = model is "gpt2" or Vocabularies.WordPieces ? null : arrays.Floats(Prefix + "scores") ?? new float[tokens.Length],
            Merges = model is "gpt2" or Vocabularies.Characters ? arrays.Strings(Prefix + "merges") ?? [] : null,
            MergesSpaces = model == Unigrams.Model ? Flag("remove_extra_whitespaces") ?? false : null,
            CharacterMap = arrays.Bytes(Prefix + "precompiled_charsmap"),
            Special = new SpecialTokens
            {
                Begin = Id("bos_token_id"),
                End = Id("eos_token_id"),
                EndOfTurn = Id("eot_token_id"),
                EndOfMessage = Id("eom_token_id"),
                Unknown = Id("unknown_token_id"),
                Padding = Id("padding_token_id"),
                Separator = Id("seperator_token_id"),
                Mask = Id("mask_token_id"),
                AddsBegin = Flag("add_bos_token"),
                AddsEnd = Flag("add_eos_token"),
                AddsSeparator = Flag("add_sep_token"),
                AddsSpacePrefix = Flag("add_space_prefix"),
                Lowercases = Flag("normalizer.lowercase"),
                StripsAccents = Flag("normalizer.strip_accents"),
                AllEnds = [.. (arrays.Ints(Prefix + "eos_token_ids") ?? []).Where(id => id >= 0 && id < tokens.Length)],
            },
            ChatTemplate = file.GetString(Template),
            OtherTemplates = Others(),
        };

        Dictionary<string, string> Others()
        {
            var named = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in file.Metadata.Where(static entry => entry.Key.StartsWith(Template + ".", StringComparison.Ordinal)))
            {
                if (value.Value is string text)
                {
                    named[key[(Template.Length + 1)..]] = text;
                }
            }

            return named;
        }

        int? Id(string key) => file.GetUnsigned(Prefix + key) is { } id and < None && id < (ulong)tokens.Length ? (int)id : null;

        bool? Flag(string key) => file.Metadata.GetValueOrDefault(Prefix + key)?.Value as bool?;
    }
}
