using System.Text.Json;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Generating;

namespace Ilab.Http.OpenAi;

/// <summary>Answers of completions.</summary>
internal sealed class TextShape(AnswerHead head, CompletionRequest request) : IAnswerShape
{
    private readonly int[] _offsets = new int[request.Generations.Count];

    public byte[] Whole(IReadOnlyList<CollectedText> choices, Usage usage) =>
        Serialize(
            head.Text(
                [
                    .. choices.Select(
                        (one, index) =>
                            new TextChoice(
                                EchoOf(index) + one.Text,
                                index,
                                request.Logprobs is { } top ? LogprobShapes.Text(one.Tokens, 0, top > 0) : null,
                                FinishReasons.Of(one.Finished!)
                            )
                    ),
                ],
                usage
            )
        );

    public byte[]? Begin(int index) => request.Echo ? Chunk(index, EchoOf(index), [], null) : null;

    public byte[] Piece(int index, string text, IReadOnlyList<TokenLogprob> tokens) => Chunk(index, text, tokens, null);

    public IEnumerable<byte[]> End(int index, GenerationFinished finished, IReadOnlyList<TokenLogprob> tokens) =>
        [Chunk(index, "", tokens, FinishReasons.Of(finished))];

    public byte[] Usage(Usage usage) => Serialize(head.Text([], usage));

    private byte[] Chunk(int index, string text, IReadOnlyList<TokenLogprob> tokens, string? reason)
    {
        var shape = tokens.Count > 0 ? LogprobShapes.Text(tokens, _offsets[index], request.Logprobs > 0) : null;
        _offsets[index] += text.Length;
        return Serialize(head.Text([new TextChoice(text, index, shape, reason)], null));
    }

    private string EchoOf(int index) => request.Echo ? request.Generations[index].Prompt ?? "" : "";

    private static byte[] Serialize(TextAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, OpenAiJson.Relaxed.TextAnswer);
}
