using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Generating;

namespace Ilab.Http.OpenAi;

/// <summary>A request that generations answer, read and checked.</summary>
internal interface IAnswerRequest
{
    /// <summary>As asked for.</summary>
    string Model { get; }

    IReadOnlyList<GenerationRequest> Generations { get; }

    /// <summary>Choices of each prompt.</summary>
    int Choices { get; }

    bool Stream { get; }

    /// <summary>Whether a stream ends with the usage.</summary>
    bool IncludeUsage { get; }

    /// <summary>What the ids of its answers begin with.</summary>
    string Prefix { get; }

    /// <summary>Makes its answers.</summary>
    IAnswerShape ShapeOf(AnswerHead head);
}

/// <summary>The JSON of answers to one request: whole, or as the chunks of a stream. Chunks of several choices may be mixed.</summary>
internal interface IAnswerShape
{
    /// <param name="choices">In the order of the generations.</param>
    byte[] Whole(IReadOnlyList<CollectedText> choices, Usage usage);

    /// <summary>What comes before the text of a choice; null = nothing.</summary>
    byte[]? Begin(int index);

    byte[] Piece(int index, string text, IReadOnlyList<TokenLogprob> tokens);

    /// <param name="tokens">Those that were held back until now.</param>
    IEnumerable<byte[]> End(int index, GenerationFinished finished, IReadOnlyList<TokenLogprob> tokens);

    byte[] Usage(Usage usage);
}
