using System.Text;
using Ilab.Engine.Serving.Generation;

namespace Ilab.Http.OpenAi;

/// <summary>Log probabilities in the shapes of chat and of completions.</summary>
internal static class LogprobShapes
{
    public static ChatLogprobs Chat(IReadOnlyList<TokenLogprob> tokens) =>
        new([.. tokens.Select(static token => Of(token) with { TopLogprobs = [.. token.Top.Select(Of)] })]);

    /// <param name="offset">Where the first token begins in the text, in characters.</param>
    /// <param name="top">Alternatives were asked for.</param>
    public static TextLogprobs Text(IReadOnlyList<TokenLogprob> tokens, int offset, bool top)
    {
        var (texts, offsets) = (tokens.Select(static token => TextOf(token)).ToArray(), new List<int>());
        foreach (var text in texts)
        {
            offsets.Add(offset);
            offset += text.Length;
        }

        return new TextLogprobs(texts, [.. tokens.Select(static token => token.Logprob)], top ? [.. tokens.Select(Alternatives)] : null, offsets);
    }

    public static string TextOf(TokenLogprob token) => Encoding.UTF8.GetString(token.Piece.Span);

    private static ChatToken Of(TokenLogprob token) => new(TextOf(token), token.Logprob, [.. token.Piece.ToArray().Select(static value => (int)value)], null);

    private static Dictionary<string, float> Alternatives(TokenLogprob token)
    {
        var alternatives = new Dictionary<string, float>();
        foreach (var one in token.Top)
        {
            alternatives.TryAdd(TextOf(one), one.Logprob); // pieces of different characters have the same text: the likeliest counts
        }

        return alternatives;
    }
}
