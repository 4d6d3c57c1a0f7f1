using System.Text;
using Ilab.Engine.Serving.Generation;

namespace Ilab.Http.Generating;

/// <summary>
/// Gives out the tokens of a generation along with the text that they make. Text that may be the beginning of a stop string is held back, and so are its
/// tokens: those of a stop string are never given out.
/// </summary>
internal sealed class LogprobTrack
{
    private readonly Queue<TokenLogprob> _held = new();
    private long _text;
    private long _given;

    /// <summary>The tokens whose text has been given out with this event.</summary>
    public List<TokenLogprob> Take(GenerationDelta delta)
    {
        foreach (var token in delta.Tokens)
        {
            _held.Enqueue(token);
        }

        _text += Encoding.UTF8.GetByteCount(delta.Text);
        var given = new List<TokenLogprob>();
        while (_held.TryPeek(out var next) && _given + next.Piece.Length <= _text)
        {
            given.Add(_held.Dequeue());
            _given += next.Piece.Length;
        }

        return given;
    }

    /// <summary>The remaining tokens, unless they belong to the stop string that ended the generation.</summary>
    public IReadOnlyList<TokenLogprob> Rest(GenerationFinished finished)
    {
        if (finished.Stop.Length == 0)
        {
            return [.. _held];
        }

        // A token that begins in the text and ends in the stop string is part of both.
        return _held.TryPeek(out var border) && _given < _text ? [border] : [];
    }
}
