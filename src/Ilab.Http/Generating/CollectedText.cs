using System.Text;
using Ilab.Engine.Serving.Generation;

namespace Ilab.Http.Generating;

/// <summary>Collects a generation for an answer in one piece.</summary>
internal sealed class CollectedText
{
    private readonly StringBuilder _text = new();
    private readonly LogprobTrack _track = new();
    private readonly List<TokenLogprob> _tokens = [];

    public string Text => _text.ToString();

    /// <summary>The tokens of the text; empty if log probabilities were not asked for.</summary>
    public IReadOnlyList<TokenLogprob> Tokens => _tokens;

    public GenerationStarted? Started { get; private set; }

    /// <summary>How it ended; null until then.</summary>
    public GenerationFinished? Finished { get; private set; }

    public void Add(GenerationEvent e)
    {
        switch (e)
        {
            case GenerationStarted started:
                Started = started;
                break;
            case GenerationDelta delta:
                _text.Append(delta.Text);
                _tokens.AddRange(_track.Take(delta));
                break;
            case GenerationFinished finished:
                _tokens.AddRange(_track.Rest(finished));
                Finished = finished;
                break;
        }
    }
}
