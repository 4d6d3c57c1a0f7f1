using System.Text.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>How text is cut before BPE: the patterns of tokenizer.json and llama.cpp's names for them.</summary>
internal static class PreTokenizers
{
    private const string Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string ThreeDigits = Words + @"|\p{N}{1,3}" + Rest;
    private const string OneDigit = Words + @"|\p{N}" + Rest;
    private const string Tekken =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <exception cref="ConversionException">A way of cutting that llama.cpp does not have a name for here.</exception>
    public static string NameOf(JsonElement tokenizer, ModelFamily family)
    {
        var model = tokenizer.Find("model");
        var parts = Flatten(tokenizer.Find("pre_tokenizer")).ToArray();
        var pattern = parts
            .Where(static part => part.Find("type").Text() == "Split")
            .Select(static part => part.Find("pattern").Find("Regex").Text())
            .FirstOrDefault(static text => text is not null);
        return pattern switch
        {
            ThreeDigits => model.Find("ignore_merges").Flag() == true ? "llama-bpe" : "dbrx",
            OneDigit => "qwen2",
            Tekken => "tekken",
            null when parts.Any(static part => part.Find("type").Text() == "Digits" && part.Find("individual_digits").Flag() == true) => family.IsGranite
                ? "refact"
                : "smollm",
            null when parts.Any(static part => part.Find("type").Text() == "ByteLevel" && part.Find("use_regex").Flag() != false) => "gpt-2",
            _ => throw new ConversionException(
                "tokenizer.json cuts text in a way that is not known here, and a model with another cutting would answer wrongly",
                "report the model",
                isUnsupported: true
            ),
        };
    }

    /// <summary>The pre_tokenizer entry for a name, as JSON; the inverse of <see cref="NameOf"/>.</summary>
    /// <exception cref="ConversionException">A name without an entry here.</exception>
    public static string JsonOf(string name) =>
        name switch
        {
            "llama-bpe" or "llama3" or "llama-v3" or "smaug-bpe" or "dbrx" => Split(ThreeDigits),
            "qwen2" => Split(OneDigit),
            "tekken" => Split(Tekken),
            "refact" or "smollm" or "starcoder" =>
                """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}""",
            "gpt-2" or "default" => """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
            _ => throw new ConversionException($"the pre-tokenizer {name} has no counterpart here", isUnsupported: true),
        };

    private static string Split(string pattern) =>
        $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{JsonEncodedText.Encode(pattern)}}"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";

    private static IEnumerable<JsonElement> Flatten(JsonElement? element) =>
        element is not { ValueKind: JsonValueKind.Object } entry ? []
        : entry.Find("type").Text() == "Sequence" ? entry.Find("pretokenizers").Items().SelectMany(static item => Flatten(item))
        : [entry];
}
