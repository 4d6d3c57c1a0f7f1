using System.Text;
using Ilab.Jinja.Chat;
using Ilab.Native.Llama;

namespace Ilab.Runner.Prompts;

/// <summary>
/// Tokenizes rendered prompts. Control tokens count only where they come from the template or the model; elsewhere they are tokenized as text.
/// </summary>
internal sealed class SegmentTokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly (int Token, string Text)[] _control;

    public SegmentTokenizer(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _control =
        [
            .. Enumerable
                .Range(0, vocabulary.Count)
                .Where(token => vocabulary.IsControl(token) || vocabulary.IsUnknown(token))
                .Select(token => (token, Text: Encoding.UTF8.GetString(vocabulary.Piece(token, special: true))))
                .Where(static pair => pair.Text.Length > 0)
                .OrderByDescending(static pair => pair.Text.Length),
        ];
        ControlTokens = [.. _control.Select(static pair => pair.Text)];
    }

    /// <summary>Texts of the tokens that nobody but the template can make.</summary>
    public IReadOnlyCollection<string> ControlTokens { get; }

    /// <summary>Starts with the begin-of-text token if the vocabulary requires it, whether or not the template renders it.</summary>
    public int[] Tokenize(IReadOnlyList<ChatSegment> segments)
    {
        var tokens = TokenizePart(segments);
        var begin = _vocabulary.BeginOfText;
        return _vocabulary.AddsBeginOfText && begin >= 0 && (tokens.Length == 0 || tokens[0] != begin) ? [begin, .. tokens] : tokens;
    }

    /// <summary>As above, where something comes before: nothing is added.</summary>
    public int[] TokenizePart(IReadOnlyList<ChatSegment> segments)
    {
        var text = string.Concat(segments.Select(static segment => segment.Text));
        return segments.Any(static segment => segment.IsPlain) ? Partitioned(text, segments) : _vocabulary.Tokenize(text, false, parseSpecial: true);
    }

    /// <summary>
    /// Splits the text at the control tokens, the longest first as llama.cpp does. Those in plain segments are tokenized as text, apart from what is around
    /// them as transformers does, except with SentencePiece, which would put a space before each part; what is between control tokens is tokenized in one
    /// piece, across the borders of segments.
    /// </summary>
    private int[] Partitioned(string text, IReadOnlyList<ChatSegment> segments)
    {
        var isPlain = new bool[text.Length];
        var at = 0;
        foreach (var segment in segments)
        {
            isPlain.AsSpan(at, segment.Text.Length).Fill(segment.IsPlain);
            at += segment.Text.Length;
        }

        List<Fragment> fragments = [new(0, text.Length)];
        foreach (var (token, name) in _control)
        {
            if (text.Contains(name, StringComparison.Ordinal))
            {
                fragments = [.. fragments.SelectMany(fragment => Split(text, isPlain, fragment, token, name))];
            }
        }

        return
        [
            .. fragments.SelectMany(fragment =>
                fragment.Token is { } token ? [token] : _vocabulary.Tokenize(text[fragment.Start..fragment.End], false, parseSpecial: false)
            ),
        ];
    }

    private IEnumerable<Fragment> Split(string text, bool[] isPlain, Fragment fragment, int token, string name)
    {
        if (fragment.IsControl)
        {
            yield return fragment;
            yield break;
        }

        var (start, from) = (fragment.Start, fragment.Start);
        while (from < fragment.End && text.IndexOf(name, from, fragment.End - from, StringComparison.Ordinal) is >= 0 and var found)
        {
            var plain = isPlain.AsSpan(found, name.Length).Count(true);
            if (plain > 0 && (plain < name.Length || _vocabulary.IsSentencePiece))
            {
                from = found + 1;
                continue;
            }

            var (before, after) = (found, found + name.Length);
            while (_vocabulary.TakesSpaceBefore(token) && plain == 0 && before > start && IsSpace(text[before - 1]))
            {
                before--;
            }

            while (_vocabulary.TakesSpaceAfter(token) && plain == 0 && after < fragment.End && IsSpace(text[after]))
            {
                after++;
            }

            if (before > start)
            {
                yield return new Fragment(start, before);
            }

            yield return new Fragment(before, after, IsControl: true, plain == 0 ? token : null);
            (start, from) = (after, after);
        }

        if (start < fragment.End)
        {
            yield return new Fragment(start, fragment.End);
        }
    }

    private static bool IsSpace(char character) => character is ' ' or '\t' or '\n' or '\v' or '\f' or '\r';

    /// <param name="IsControl">Whether it is the text of a control token.</param>
    /// <param name="Token">That token; null = tokenize as text.</param>
    private readonly record struct Fragment(int Start, int End, bool IsControl = false, int? Token = null);
}
