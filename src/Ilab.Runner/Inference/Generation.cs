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
    private readonly List<(int Token, int Length)> _answer = []; // empty unless asked for
    private int _said; // bytes of the answer's text, as far as it is asked for

    public GenerationLog Log { get; } = log;

    public Submit Request { get; } = request;

    public int[] Prompt { get; } = prompt;

    /// <summary>What has to be in the cache before its next token: the prompt and, after a pause, what has been answered, too.</summary>
    public int[] Known { get; private set; } = prompt;

    /// <summary>Cells of the cache that are kept for it; 0 = it does not run.</summary>
    public int Reserved { get; set; }

    /// <summary>Identifies its adapters; empty = none.</summary>
    public string AdapterKey { get; } = AdapterCache.KeyOf(request.Adapters);

    public SamplerChain Sampler { get; } = sampler;

    /// <summary>Tokens generated so far.</summary>
    public int Completed { get; private set; }

    public int CachedPrompt { get; set; }

    public long PromptStarted { get; set; }

    public long DecodeStarted { get; set; }

    /// <summary>When it left the queue for the first time; 0 = it has not yet.</summary>
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

    /// <summary>Tokens of <see cref="Known"/> that are not decoded yet.</summary>
    public int PromptLeft => Known.Length - (Sequence?.Tokens.Count ?? 0);

    /// <summary>Whether the next step can give it a token: the last token that is known is decoded as those of the answer are.</summary>
    public bool IsReady => Sequence is not null && (NextToken >= 0 || PromptLeft == 1);

    public bool WantsLogprobs { get; } = request.Logprobs > 0 || request.EchoLogprobs;

    public string? FoundStop => _stops.Found;

    /// <summary>Set from any thread; the decode thread ends the generation at its next step.</summary>
    public volatile bool CancelRequested;

    /// <summary>Tokens of the answer, without those of a stop string; empty unless the request asks for them.</summary>
    public IEnumerable<int> AnswerTokens
    {
        get
        {
            var length = 0;
            return _answer.TakeWhile(one => (length += one.Length) <= _said || FoundStop is null).Select(static one => one.Token);
        }
    }

    /// <summary>Appends the next token.</summary>
    /// <param name="piece">Its bytes.</param>
    /// <returns>Whether a stop string was found.</returns>
    public bool Append(int token, ReadOnlySpan<byte> piece, TokenLogprob? logprob)
    {
        Completed++;
        _text.Clear();
        var found = _stops.Add(_assembler.Add(piece), _text);
        if (Request.ReturnTokens)
        {
            _answer.Add((token, piece.Length));
            _said += Encoding.UTF8.GetByteCount(_text.ToString());
        }

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

    /// <summary>Takes it out of the steps: what it has said so far is read again when it goes on, as far as the cache has lost it by then.</summary>
    public void Pause()
    {
        if (Sequence is { } sequence && NextToken >= 0)
        {
            Known = [.. sequence.Tokens, NextToken];
        }

        NextToken = -1;
    }

    /// <summary>Tokens that it may have in the cache at its end.</summary>
    /// <param name="contextLength">Tokens per sequence.</param>
    public int MostTokens(int contextLength) =>
        Request.MaxTokens == 0 ? contextLength : (int)Math.Min((uint)contextLength, (uint)Prompt.Length + Math.Min(Request.MaxTokens, (uint)contextLength));

    public void Dispose() => Sampler.Dispose();
}
