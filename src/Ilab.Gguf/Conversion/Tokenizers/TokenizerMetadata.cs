namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>A tokenizer as GGUF metadata, and back.</summary>
public static class TokenizerMetadata
{
    private const string Prefix = "tokenizer.ggml.";
    private const string Template = "tokenizer.chat_template";
    private const uint None = uint.MaxValue;

    public static void Write(TokenizerData data, GgufWriter writer)
    {
        writer.Add(Prefix + "model", data.Model).Add(Prefix + "pre", data.Pre).Add(Prefix + "tokens", data.Tokens);
        if (data.Scores is { } scores)
        {
            writer.Add(Prefix + "scores", scores);
        }

        writer.Add(Prefix + "token_type", Array.ConvertAll(data.Kinds, static kind => (int)kind));
        if (data.Merges is { } merges)
        {
            writer.Add(Prefix + "merges", merges);
        }

        Id("bos_token_id", data.Special.Begin);
        Id("eos_token_id", data.Special.End);
        Id("eot_token_id", data.Special.EndOfTurn);
        Id("unknown_token_id", data.Special.Unknown);
        Id("padding_token_id", data.Special.Padding);
        Flag("add_bos_token", data.Special.AddsBegin);
        Flag("add_eos_token", data.Special.AddsEnd);
        Flag("add_space_prefix", data.Special.AddsSpacePrefix);
        if (data.ChatTemplate is { Length: > 0 } template)
        {
            writer.Add(Template, template);
        }

        void Id(string key, int? id)
        {
            if (id is { } value)
            {
                writer.Add(Prefix + key, (uint)value);
            }
        }

        void Flag(string key, bool? flag)
        {
            if (flag is { } value)
            {
                writer.Add(Prefix + key, value);
            }
        }
    }

    /// <param name="stream">The file that <paramref name="file"/> is the header of.</param>
    /// <exception cref="ConversionException">No tokenizer, or of a kind that cannot be converted.</exception>
    public static TokenizerData Read(GgufFile file, Stream stream)
    {
        var model = file.GetString(Prefix + "model") ?? throw new ConversionException("the GGUF has no tokenizer");
        if (model is not ("llama" or "gpt2"))
        {
            throw new ConversionException($"a tokenizer of the kind {model} cannot be converted", "llama and gpt2 can", isUnsupported: true);
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
            Scores = model == "llama" ? arrays.Floats(Prefix + "scores") ?? new float[tokens.Length] : null,
            Merges = model == "gpt2" ? arrays.Strings(Prefix + "merges") ?? [] : null,
            Special = new SpecialTokens
            {
                Begin = Id("bos_token_id"),
                End = Id("eos_token_id"),
                EndOfTurn = Id("eot_token_id"),
                Unknown = Id("unknown_token_id"),
                Padding = Id("padding_token_id"),
                AddsBegin = Flag("add_bos_token"),
                AddsEnd = Flag("add_eos_token"),
                AddsSpacePrefix = Flag("add_space_prefix"),
            },
            ChatTemplate = file.GetString(Template),
        };

        int? Id(string key) => file.GetUnsigned(Prefix + key) is { } id and < None && id < (ulong)tokens.Length ? (int)id : null;

        bool? Flag(string key) => file.Metadata.GetValueOrDefault(Prefix + key)?.Value as bool?;
    }
}
