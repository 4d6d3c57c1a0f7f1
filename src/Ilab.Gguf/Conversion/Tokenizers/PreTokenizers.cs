using System.Text.Json;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// How text is cut before BPE. llama.cpp knows ways of cutting by the names of models; which one a tokenizer has is found by cutting a text with both, whatever
/// the way is written down.
/// </summary>
internal static class PreTokenizers
{
    private const string Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string ThreeDigits = Words + @"|\p{N}{1,3}" + Rest;
    private const string OneDigit = Words + @"|\p{N}" + Rest;
    private const string Cased =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+{0}|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*{0}";
    private const string CasedRest = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Marks = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Classic = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Punctuated =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private static readonly string Tekken = Cased.Replace("{0}", "", StringComparison.Ordinal) + @"|\p{N}" + CasedRest;
    private static readonly string Gpt4 = Cased.Replace("{0}", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", StringComparison.Ordinal) + @"|\p{N}{1,3}" + CasedRest;

    /// <summary>Ways of cutting, each with the names that stand for it; without a wish of the family the first name is taken.</summary>
    private static readonly (string[] Names, string[] Patterns)[] Ways =
    [
        (["dbrx", "llama-bpe", "falcon3", "falcon-h1", "smaug-bpe", "glm4", "chatglm-bpe", "pixtral", "lfm2"], [ThreeDigits]),
        (["qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "hunyuan", "solar-open", "grok-2"], [OneDigit]),
        (["smollm", "refact", "starcoder", "command-r", "codeshell", "exaone", "minerva-7b"], [@"\p{N}", Classic]),
        (["gpt-2", "mpt", "olmo", "jais", "phi-2", "mellum", "modern-bert", "roberta-bpe", "exaone4"], [Classic]),
        (["falcon"], [@"[\p{P}!-/:-@\[-`{-~]+", Classic, @"\p{N}+", "[0-9][0-9][0-9]"]),
        (["bloom"], [" ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"]),
        (["tekken"], [Tekken]),
        (["gpt-4o", "llama4", "kanana2", "minimax-m2"], [Gpt4]),
        (["qwen35"], [Marks]),
        (["seed-coder"], [Words + @"|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"]),
        (["deepseek-llm"], [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+", @"\p{N}"]),
        (["deepseek-v3", "hunyuan-dense", "joyai-llm"], [@"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", Punctuated]),
        (["bailingmoe"], [@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"]),
        (["minicpm5"], [@"\p{N}{1,3}", Words + @"|\p{N}+" + Rest]),
    ];

    /// <summary>Names for which llama.cpp puts a first token in front of texts if the file does not say otherwise.</summary>
    private static readonly string[] BeginByThemselves = ["llama-bpe", "falcon3", "falcon-h1", "pixtral", "lfm2", "tekken"];

    /// <summary>Those of them whose merges are passed over when a whole piece is a token.</summary>
    private static readonly string[] PassOverMerges = ["llama-bpe", "falcon3", "falcon-h1", "pixtral", "lfm2", "tekken"];

    /// <exception cref="ConversionException">A way of cutting that llama.cpp has no name for.</exception>
    public static string NameOf(TokenizerJson tokenizer, VocabularyRules rules)
    {
        var cutting = TextCutting.Of(tokenizer.Root);
        var names = cutting is null ? [] : Array.Find(Ways, way => cutting.IsLike(new TextCutting(way.Patterns))).Names ?? [];
        if (names.Length == 0)
        {
            throw new ConversionException(
                "tokenizer.json cuts text in a way that is not known here, and a model with another cutting would answer wrongly",
                "report the model",
                isUnsupported: true
            );
        }

        var fitting = rules.PreTokenizers.Where(name => names.Contains(name) && Fits(name, tokenizer)).ToArray();
        return fitting.FirstOrDefault() ?? (tokenizer.PassesOverMerges ? Array.Find(names, PassOverMerges.Contains) : null) ?? names[0];
    }

    /// <summary>False where a file that says nothing would get a first token that its tokenizer does not add.</summary>
    public static bool? NeedsWord(string? name, bool hasJson) => hasJson && BeginByThemselves.Contains(name) ? false : null;

    /// <summary>The pre_tokenizer entry for a name, as JSON; the inverse of <see cref="NameOf"/>.</summary>
    /// <exception cref="ConversionException">A name without an entry here.</exception>
    public static string JsonOf(string name) =>
        name switch
        {
            "default" => """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
            "llama3" or "llama-v3" => Split([ThreeDigits]),
            _ => Array.Find(Ways, way => way.Names.Contains(name)).Patterns switch
            {
                null => throw new ConversionException($"the pre-tokenizer {name} has no counterpart here", isUnsupported: true),
                [Classic] => """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
                [_, Classic] =>
                    """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}""",
                var patterns => Split(patterns),
            },
        };

    // Two names of one way differ in whether merges are passed over.
    private static bool Fits(string name, TokenizerJson tokenizer) =>
        name switch
        {
            "falcon3" => tokenizer.Added.Any(static token => token.Content == ">>TITLE<<"),
            "falcon-h1" or "glm4" => true,
            _ => !PassOverMerges.Contains(name) || tokenizer.PassesOverMerges,
        };

    private static string Split(string[] patterns)
    {
        var splits = patterns.Select(static pattern =>
            $$"""{"type":"Split","pattern":{"Regex":"{{JsonEncodedText.Encode(pattern)}}"},"behavior":"Isolated","invert":false}"""
        );
        return $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', splits)}},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
    }
}
