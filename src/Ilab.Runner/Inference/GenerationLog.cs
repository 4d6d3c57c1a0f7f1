using System.Text;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>
/// All output of a generation as numbered events, kept so that a reader that lost its connection can resume. The decode thread adds text; the first reader
/// turns accumulated text into an event. Bounded by the context length.
/// </summary>
internal sealed class GenerationLog(string id)
{
    private readonly Lock _gate = new();
    private readonly List<GenerationEvent> _events = [];
    private readonly StringBuilder _text = new();
    private readonly List<TokenLogprob> _tokens = [];
    private uint _tokenCount;

    public string Id { get; } = id;

    /// <summary>Whether the last event has been added.</summary>
    public bool Ended { get; private set; }

    /// <summary>Adds an event that is not text.</summary>
    public void Add(GenerationEvent entry)
    {
        lock (_gate)
        {
            if (Ended)
            {
                return;
            }

            Seal();
            entry.GenerationId = Id;
            entry.Offset = (ulong)_events.Count;
            _events.Add(entry);
            Ended = entry.EventCase is GenerationEvent.EventOneofCase.Finished or GenerationEvent.EventOneofCase.Failed;
        }
    }

    /// <summary>Adds a token; its text may be empty while a character or a possible stop string is held back.</summary>
    public void AddToken(StringBuilder text, TokenLogprob? logprob)
    {
        lock (_gate)
        {
            _text.Append(text);
            _tokenCount++;
            if (logprob is not null)
            {
                _tokens.Add(logprob);
            }
        }
    }

    /// <summary>Adds text that was held back.</summary>
    public void AddText(StringBuilder text)
    {
        lock (_gate)
        {
            _text.Append(text);
        }
    }

    /// <summary>Copies the events starting at <paramref name="offset"/>.</summary>
    /// <returns>The offset after the last one.</returns>
    public ulong Read(ulong offset, ICollection<GenerationEvent> target)
    {
        lock (_gate)
        {
            Seal();
            for (var index = (int)Math.Min(offset, (ulong)_events.Count); index < _events.Count; index++)
            {
                target.Add(_events[index]);
            }

            return (ulong)_events.Count;
        }
    }

    private void Seal()
    {
        if (_tokenCount == 0 && _text.Length == 0)
        {
            return;
        }

        var delta = new Delta { Text = _text.ToString(), TokenCount = _tokenCount };
        delta.Tokens.AddRange(_tokens);
        _events.Add(
            new GenerationEvent
            {
                GenerationId = Id,
                Offset = (ulong)_events.Count,
                Delta = delta,
            }
        );
        _text.Clear();
        _tokens.Clear();
        _tokenCount = 0;
    }
}
