using System.Text;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>One request on its way from prompt to end. Its state belongs to the decode thread once it is queued.</summary>
internal sealed class Generation(Submit request, GenerationLog log, int[] prompt, SamplerChain sampler) : IDisposable
{
    private readonly StringBuilder _text = new();
    private readonly Utf8Assembler _assembler = new();
    private readonly StopMatcher _stops = new(request.Stop);

    public GenerationLog Log { get; } = log;

    public Submit Request { get; } = request;

    public int[] Prompt { get; } = prompt;

    /// <summary>Stands for the adapters that it uses; empty = none.</summary>
    public string AdapterKey { get; } = AdapterCache.KeyOf(request.Adapters);

    public SamplerChain Sampler { get; } = sampler;

    /// <summary>New tokens so far.</summary>
    public int Completed { get; private set; }

    public int CachedPrompt { get; set; }

    public long PromptStarted { get; set; }

    public long DecodeStarted { get; set; }

    /// <summary>Whether it was told that it waits.</summary>
    public bool QueueTold { get; set; }

    public bool WantsLogprobs { get; } = request.Logprobs > 0 || request.EchoLogprobs;

    public string? FoundStop => _stops.Found;

    /// <summary>Set from any thread; the decode thread ends the generation at its next step.</summary>
    public volatile bool CancelRequested;

    /// <summary>Takes the next token's bytes.</summary>
    /// <returns>True when a stop string was found.</returns>
    public bool Append(ReadOnlySpan<byte> piece, TokenLogprob? logprob)
    {
        Completed++;
        _text.Clear();
        var found = _stops.Add(_assembler.Add(piece), _text);
        Log.AddToken(_text, logprob);
        return found;
    }

    /// <summary>Gives out what was held back, unless a stop string ended it.</summary>
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

    public void Dispose() => Sampler.Dispose();
}
