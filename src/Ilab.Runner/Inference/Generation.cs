using System.Text;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Output;
using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Inference;

/// <summary>A request from prompt to end. Its state belongs to the decode thread once it is queued.</summary>
internal sealed class Generation(Submit request, GenerationLog log, int[] prompt, SamplerChain sampler) : IDisposable
{
    private readonly StringBuilder _text = new();
    private readonly Utf8Assembler _assembler = new();
    private readonly StopMatcher _stops = new(request.Stop);

    public GenerationLog Log { get; } = log;

    public Submit Request { get; } = request;

    public int[] Prompt { get; } = prompt;

    /// <summary>Identifies its adapters; empty = none.</summary>
    public string AdapterKey { get; } = AdapterCache.KeyOf(request.Adapters);

    public SamplerChain Sampler { get; } = sampler;

    /// <summary>Tokens generated so far.</summary>
    public int Completed { get; private set; }

    public int CachedPrompt { get; set; }

    public long PromptStarted { get; set; }

    public long DecodeStarted { get; set; }

    /// <summary>When it left the queue.</summary>
    public long Started { get; set; }

    /// <summary>The last reported position in the queue, and when it was reported; 0 = never.</summary>
    public (int Position, long At) Told { get; set; }

    /// <summary>Set while it runs, from the first step that takes part of its prompt.</summary>
    public CachedSequence? Sequence { get; set; }

    /// <summary>The last sampled token, not decoded yet; -1 while the prompt is being processed.</summary>
    public int NextToken { get; set; } = -1;

    /// <summary>Index of its logits in the batch; -1 = not in this step.</summary>
    public int LogitsIndex { get; set; } = -1;

    /// <summary>Guessed tokens in the batch behind <see cref="NextToken"/>.</summary>
    public int Guessed { get; set; }

    /// <summary>Guessed tokens of all its steps, and how many of them were right.</summary>
    public (int Made, int Right) Guesses { get; set; }

    /// <summary>Guesses the next tokens; null = none are guessed for this answer.</summary>
    public Speculator? Speculator { get; set; }

    /// <summary>Where a draft model guesses for this answer; null = it has not yet.</summary>
    public DraftSequence? Draft { get; set; }

    /// <summary>Whether the next token has to be computed by itself: with others, two were too close to each other.</summary>
    public bool IsClose { get; set; }

    /// <summary>Whether each token is the likeliest one, without any change to the logits.</summary>
    public bool IsGreedy { get; } =
        request.Sampling is { Temperature: <= 0, RepeatPenalty: 0 or 1, FrequencyPenalty: 0, PresencePenalty: 0, LogitBias.Count: 0 };

    /// <summary>Number of the last step that it was part of.</summary>
    public long LastStep { get; set; }

    /// <summary>Prompt tokens not decoded yet.</summary>
    public int PromptLeft => Prompt.Length - (Sequence?.Tokens.Count ?? 0);

    /// <summary>Whether the next step can give it a token: the last token of the prompt is decoded as those of the answer are.</summary>
    public bool IsReady => Sequence is not null && (NextToken >= 0 || PromptLeft == 1);

    public bool WantsLogprobs { get; } = request.Logprobs > 0 || request.EchoLogprobs;

    public string? FoundStop => _stops.Found;

    /// <summary>Set from any thread; the decode thread ends the generation at its next step.</summary>
    public volatile bool CancelRequested;

    /// <summary>Appends the bytes of the next token.</summary>
    /// <returns>Whether a stop string was found.</returns>
    public bool Append(ReadOnlySpan<byte> piece, TokenLogprob? logprob)
    {
        Completed++;
        _text.Clear();
        var found = _stops.Add(_assembler.Add(piece), _text);
        Log.AddToken(_text, logprob);
        return found;
    }

    /// <summary>Outputs text that was held back, unless a stop string ended the generation.</summary>
    public void Flush()
    {
        if (_stops.Found is null)
        {
            _text.Clear();
            if (!_stops.Add(_assembler.Finish(), _text))
            {
                _stops.Finish(_text);
            }

            Log.AddText(_text);
        }
    }

    /// <summary>Tokens that it may have in the cache at its end.</summary>
    /// <param name="contextLength">Tokens per sequence.</param>
    public int MostTokens(int contextLength) =>
        Request.MaxTokens == 0 ? contextLength : (int)Math.Min((uint)contextLength, (uint)Prompt.Length + Math.Min(Request.MaxTokens, (uint)contextLength));

    public void Dispose() => Sampler.Dispose();
}
