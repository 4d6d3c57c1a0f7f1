using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Generating;

namespace Ilab.Http.OpenAi;

/// <summary>Answers of chat completions.</summary>
/// <param name="hasLogprobs">Whether log probabilities were asked for.</param>
internal sealed class ChatShape(AnswerHead head, bool hasLogprobs) : IAnswerShape
{
    private const string WholeKind = "chat.completion";
    private const string ChunkKind = "chat.completion.chunk";

    public byte[] Whole(IReadOnlyList<CollectedText> choices, Usage usage) =>
        Serialize(
            head.Chat(
                WholeKind,
                [
                    .. choices.Select(
                        (one, index) =>
                            new ChatChoice(
                                index,
                                new ChatText("assistant", one.Text),
                                null,
                                hasLogprobs ? LogprobShapes.Chat(one.Tokens) : null,
                                FinishReasons.Of(one.Finished!)
                            )
                    ),
                ],
                usage
            )
        );

    public byte[] Begin(int index) => Chunk(index, new ChatText("assistant", ""), [], null);

    public byte[] Piece(int index, string text, IReadOnlyList<TokenLogprob> tokens) => Chunk(index, new ChatText(null, text), tokens, null);

    public IEnumerable<byte[]> End(int index, GenerationFinished finished, IReadOnlyList<TokenLogprob> tokens)
    {
        if (tokens.Count > 0)
        {
            yield return Piece(index, "", tokens);
        }

        yield return Chunk(index, new ChatText(null, null), [], FinishReasons.Of(finished));
    }

    public byte[] Usage(Usage usage) => Serialize(head.Chat(ChunkKind, [], usage));

    private byte[] Chunk(int index, ChatText text, IReadOnlyList<TokenLogprob> tokens, string? reason) =>
        Serialize(head.Chat(ChunkKind, [new ChatChoice(index, null, text, tokens.Count > 0 ? LogprobShapes.Chat(tokens) : null, reason)], null));

    private static byte[] Serialize(ChatAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, OpenAiJson.Relaxed.ChatAnswer);
}
