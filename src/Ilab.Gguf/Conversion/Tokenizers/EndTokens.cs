using System.Globalization;
using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// Models that chat list several tokens that end what they say. A GGUF names three; the engine finds more of them by well-known texts. What neither covers gets
/// a free role, and what is still left over a list of its own.
/// </summary>
internal static class EndTokens
{
    /// <summary>Texts that the engine takes for an end by itself.</summary>
    private static readonly string[] KnownTexts =
    [
        "<|eot_id|>",
        "<|im_end|>",
        "<|end|>",
        "<|return|>",
        "<|call|>",
        "<|flush|>",
        "<|calls|>",
        "<end_of_turn>",
        "<|endoftext|>",
        "</s>",
        "<|eom_id|>",
        "<EOT>",
        "_<EOT>",
        "[EOT]",
        "[EOS]",
        "<|end_of_text|>",
        "<end_of_utterance>",
        "<eos>",
        "<turn|>",
        "<|tool_response>",
        "<\uFF5Cend\u2581of\u2581sentence\uFF5C>",
        "[e~[",
    ];

    public static SpecialTokens KeepAll(SourceFolder folder, SpecialTokens special, TokenizerData data, JsonElement? generation, VocabularyRequest request)
    {
        var said = Ids(generation.Find("eos_token_id"), data).Concat(Ids(request.Config.FindSaid("eos_token_id"), data)).Distinct().ToArray();
        var lost = said.Where(id => id != special.End && id != special.EndOfTurn && id != special.EndOfMessage && !KnownTexts.Contains(data.Tokens[id]))
            .ToList();
        if (lost.Count > 0 && special.EndOfTurn is null)
        {
            special = special with { EndOfTurn = lost[0] };
            lost.RemoveAt(0);
        }

        if (lost.Count > 0 && special.EndOfMessage is null)
        {
            special = special with { EndOfMessage = lost[0] };
            lost.RemoveAt(0);
        }

        if (lost.Count == 0)
        {
            return special;
        }

        folder.Warn(
            $"{ConversionException.Join([.. lost.Select(id => string.Create(CultureInfo.InvariantCulture, $"{data.Tokens[id]} ({id})"))])} also end what the model says, "
                + "which other programs do not read from the GGUF"
        );
        return special with { AllEnds = said };
    }

    private static IEnumerable<int> Ids(JsonElement? said, TokenizerData data) =>
        (said.Int() is { } one ? [one] : said.Items().Select(static item => ((JsonElement?)item).Int()).OfType<int>()).Where(id =>
            id >= 0 && id < data.Tokens.Length
        );
}
