using System.Buffers;
using System.Text;

namespace Ilab.Jinja.Chat;

/// <summary>
/// Marks control tokens in texts: a private-use character follows each of their characters. Whatever the template does with the text, cutting it included, what
/// comes out can be told from the template's own tokens. Beginnings and ends of tokens at the ends of a text are marked, too: two texts that the template joins
/// do not make a token.
/// </summary>
internal sealed class ControlTokenMarker(char character, IReadOnlyCollection<string> tokens)
{
    /// <summary>Names of values that templates compare: only whole tokens are marked in them.</summary>
    private static readonly string[] Compared = ["role", "type"];

    private readonly string[] _tokens = [.. tokens.Where(static token => token.Length > 0)];
    private readonly SearchValues<string> _any = SearchValues.Create([.. tokens.Where(static token => token.Length > 0)], StringComparison.Ordinal);

    public char Character => character;

    /// <summary>With a mark that neither the conversation nor the template contains.</summary>
    public static ControlTokenMarker For(ChatInput input, string template)
    {
        var used = new HashSet<char>();
        foreach (var text in Texts(input.Messages).Concat(Texts(input.Tools)).Concat(Texts(input.Documents)).Concat(Texts(input.Variables)).Append(template))
        {
            for (var at = 0; text.AsSpan(at).IndexOfAnyInRange('\uE000', '\uF8FF') is >= 0 and var next; at += next + 1)
            {
                used.Add(text[at + next]);
            }
        }

        for (var mark = '\uE000'; mark <= '\uF8FF'; mark++)
        {
            if (!used.Contains(mark))
            {
                return new ControlTokenMarker(mark, input.ControlTokens);
            }
        }

        throw new TemplateException("the conversation uses all private-use characters");
    }

    /// <summary>The value with the tokens in its texts and keys marked.</summary>
    public object? Mark(object? value) => Mark(value, hasEdges: true);

    /// <summary>A rendered prompt without marks: what they marked is plain text.</summary>
    public IReadOnlyList<ChatSegment> Segments(string rendered)
    {
        var (segments, current, isPlain) = (new List<ChatSegment>(), new StringBuilder(), false);
        for (var at = 0; at < rendered.Length; at++)
        {
            if (rendered[at] == character)
            {
                continue;
            }

            var length = char.IsHighSurrogate(rendered[at]) && at + 1 < rendered.Length ? 2 : 1;
            var isMarked = at + length < rendered.Length && rendered[at + length] == character;
            if (isMarked != isPlain && current.Length > 0)
            {
                segments.Add(new ChatSegment(current.ToString(), isPlain));
                current.Clear();
            }

            isPlain = isMarked;
            current.Append(rendered, at, length);
            at += length - 1;
        }

        segments.Add(new ChatSegment(current.ToString(), isPlain));
        return segments;
    }

    private object? Mark(object? value, bool hasEdges) =>
        value switch
        {
            string text => MarkText(text, hasEdges),
            IDictionary<string, object?> mapping => new OrderedDictionary<string, object?>(
                mapping.Select(pair => KeyValuePair.Create(MarkText(pair.Key, hasEdges: true), Mark(pair.Value, !Compared.Contains(pair.Key))))
            ),
            IEnumerable<object?> list => list.Select(item => Mark(item, hasEdges)).ToList(),
            _ => value,
        };

    private string MarkText(string text, bool hasEdges)
    {
        var marked = new bool[text.Length];
        if (text.AsSpan().ContainsAny(_any))
        {
            foreach (var token in _tokens)
            {
                for (var at = 0; (at = text.IndexOf(token, at, StringComparison.Ordinal)) >= 0; at++)
                {
                    marked.AsSpan(at, token.Length).Fill(true);
                }
            }
        }

        if (hasEdges)
        {
            MarkEdges(text, marked);
        }

        if (!marked.Contains(true))
        {
            return text;
        }

        var output = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            output.Append(text[at]);
            if (marked[at] && !(char.IsHighSurrogate(text[at]) && at + 1 < text.Length))
            {
                output.Append(character);
            }
        }

        return output.ToString();
    }

    private void MarkEdges(string text, bool[] marked)
    {
        foreach (var token in _tokens)
        {
            for (var length = Math.Min(token.Length - 1, text.Length); length > 0; length--)
            {
                if (text.AsSpan().EndsWith(token.AsSpan(0, length)))
                {
                    marked.AsSpan(text.Length - length).Fill(true);
                }

                if (text.AsSpan().StartsWith(token.AsSpan(token.Length - length)))
                {
                    marked.AsSpan(0, length).Fill(true);
                }
            }
        }
    }

    private static IEnumerable<string> Texts(object? value) =>
        value switch
        {
            string text => [text],
            IEnumerable<KeyValuePair<string, object?>> mapping => mapping.SelectMany(static pair => Texts(pair.Value).Prepend(pair.Key)),
            IEnumerable<object?> list => list.SelectMany(Texts),
            _ => [],
        };
}
