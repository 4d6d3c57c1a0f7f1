namespace Ilab.Http.Ollama;

/// <summary>
/// Tells what a model thinks, between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> at the beginning of its answer, from what it says. Text that may be the
/// beginning of a tag, and white space around thoughts, is held back.
/// </summary>
/// <param name="isInside">Whether the prompt ends with the tag that begins a thought.</param>
internal sealed class ThoughtSplitter(bool isInside)
{
    public const string Begin = "<think>",
        End = "</think>";

    private Part _part = isInside ? Part.Thought : Part.Beginning;
    private bool _isFresh = true; // nothing of the part has been given out
    private string _held = "";

    private enum Part
    {
        /// <summary>Nothing but white space, and perhaps a part of the tag.</summary>
        Beginning,
        Thought,
        Answer,
    }

    /// <summary>What a piece of the text adds to the thought and to the answer.</summary>
    public (string Thought, string Answer) Add(string piece)
    {
        _held += piece;
        if (_part == Part.Beginning)
        {
            var text = _held.TrimStart();
            if (Begin.StartsWith(text, StringComparison.Ordinal))
            {
                return ("", "");
            }

            (_part, _held) = text.StartsWith(Begin, StringComparison.Ordinal) ? (Part.Thought, text[Begin.Length..]) : (Part.Answer, _held);
            _isFresh = _part == Part.Thought; // an answer without a thought is left as it is
        }

        var thought = _part == Part.Thought ? Thought() : "";
        return (thought, _part == Part.Answer ? Answer() : "");
    }

    /// <summary>What was held back, at the end of the text.</summary>
    public (string Thought, string Answer) Finish()
    {
        var held = _held;
        _held = "";
        return _part == Part.Thought ? (held.TrimEnd(), "") : ("", _part == Part.Answer && _isFresh ? "" : held);
    }

    private string Thought()
    {
        var end = _held.IndexOf(End, StringComparison.Ordinal);
        var text = end >= 0 ? _held[..end].TrimEnd() : _held[..^HeldBack(_held)];
        text = _isFresh ? text.TrimStart() : text;
        if (end >= 0)
        {
            (_part, _held, _isFresh) = (Part.Answer, _held[(end + End.Length)..], true);
        }
        else
        {
            _held = _isFresh && text.Length == 0 ? _held.TrimStart() : _held[^HeldBack(_held)..];
            _isFresh &= text.Length == 0;
        }

        return text;
    }

    private string Answer()
    {
        var text = _isFresh ? _held.TrimStart() : _held;
        (_held, _isFresh) = ("", _isFresh && text.Length == 0);
        return text;
    }

    /// <summary>Characters at the end that may belong to the closing tag, or are white space in front of it.</summary>
    private static int HeldBack(string text)
    {
        var tag = Math.Min(End.Length - 1, text.Length);
        while (tag > 0 && !End.StartsWith(text[^tag..], StringComparison.Ordinal))
        {
            tag--;
        }

        return text.Length - text[..^tag].TrimEnd().Length;
    }
}
