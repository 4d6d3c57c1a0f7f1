namespace Ilab.Yaml;

/// <summary>
/// Text to tokens by the rules of YAML 1.1, including where a key may begin without a mark ("simple keys": on one line, at most 1024 characters). Tokens
/// are made as they are asked for and stay in <see cref="Tokens"/>. <see cref="YamlText.RequirePrintable"/> comes first: here, U+0000 means the end.
/// </summary>
public sealed partial class YamlScanner
{
    private const int LongestSimpleKey = 1024;
    private const int MostTokens = 300_000;

    private readonly string _text;
    private readonly Dictionary<int, SimpleKey> _possibleKeys = [];
    private readonly Stack<int> _indents = new();
    private int _index;
    private int _line;
    private int _column;
    private int _flow;
    private int _indent = -1;
    private int _taken;
    private bool _done;
    private bool _keyAllowed = true;

    public YamlScanner(string text)
    {
        _text = text;
        Tokens.Add(new YamlToken(YamlTokenKind.StreamStart, Mark, Mark));
    }

    /// <summary>A place where a key may have begun, should a colon follow.</summary>
    private readonly record struct SimpleKey(int Token, bool Required, YamlMark Mark);

    /// <summary>What was scanned so far.</summary>
    public List<YamlToken> Tokens { get; } = [];

    private YamlMark Mark => new(_index, _line, _column);

    public YamlToken Peek()
    {
        while (NeedsMore())
        {
            FetchMore();
            if (Tokens.Count > MostTokens)
            {
                throw new YamlException(YamlStage.Limit, Mark, $"more than {MostTokens} pieces of YAML", "divide the file");
            }
        }

        return Tokens[_taken];
    }

    public YamlToken Take()
    {
        var token = Peek();
        if (token.Kind != YamlTokenKind.StreamEnd)
        {
            _taken++;
        }

        return token;
    }

    private bool NeedsMore()
    {
        if (_done)
        {
            return false;
        }

        if (_taken == Tokens.Count)
        {
            return true;
        }

        DropStaleKeys();
        foreach (var key in _possibleKeys.Values)
        {
            if (key.Token <= _taken)
            {
                return true;
            }
        }

        return false;
    }

    private char Look(int ahead = 0) => _index + ahead < _text.Length ? _text[_index + ahead] : '\0';

    private bool IsSeparator(char c) =>
        _index + 2 < _text.Length && _text[_index] == c && _text[_index + 1] == c && _text[_index + 2] == c && YamlText.EndsWord(Look(3));

    private bool IsDocumentSeparator() => IsSeparator('-') || IsSeparator('.');

    private void Forward(int count = 1)
    {
        for (; count > 0 && _index < _text.Length; count--)
        {
            var c = _text[_index++];
            if (c is '\n' or '\u0085' or '\u2028' or '\u2029')
            {
                _line++;
                _column = 0;
            }
            else if (c != '\uFEFF' && !char.IsLowSurrogate(c))
            {
                _column++;
            }
        }
    }

    /// <summary>Takes a line break, if there is one: what stands for it in a value.</summary>
    private string TakeBreak()
    {
        var c = Look();
        if (!YamlText.IsBreak(c))
        {
            return "";
        }

        Forward();
        return c is '\u2028' or '\u2029' ? c.ToString() : "\n";
    }

    private string TakeText(int length)
    {
        var text = _text.Substring(_index, length);
        Forward(length);
        return text;
    }

    private void SkipSpaces()
    {
        while (Look() == ' ')
        {
            Forward();
        }
    }

    private void SkipComment()
    {
        if (Look() == '#')
        {
            while (!YamlText.EndsLine(Look()))
            {
                Forward();
            }
        }
    }

    private void DropStaleKeys()
    {
        if (_possibleKeys.Count == 0)
        {
            return;
        }

        foreach (var (level, key) in _possibleKeys)
        {
            if (key.Mark.Line != _line || Distance(key.Mark) > LongestSimpleKey)
            {
                RequireOptional(key);
                _possibleKeys.Remove(level);
            }
        }
    }

    private int Distance(YamlMark from)
    {
        var units = _index - from.Index;
        if (units > LongestSimpleKey)
        {
            foreach (var c in _text.AsSpan(from.Index, Math.Min(units, 3 * LongestSimpleKey)))
            {
                units -= char.IsLowSurrogate(c) ? 1 : 0;
            }
        }

        return units;
    }

    private void SaveKey()
    {
        if (_keyAllowed)
        {
            RemoveKey();
            _possibleKeys[_flow] = new SimpleKey(Tokens.Count, _flow == 0 && _indent == _column, Mark);
        }
    }

    private void RemoveKey()
    {
        if (_possibleKeys.Remove(_flow, out var key))
        {
            RequireOptional(key);
        }
    }

    private static void RequireOptional(SimpleKey key)
    {
        if (key.Required)
        {
            throw Error(
                key.Mark,
                "a key without a colon",
                "write \"key: value\"; text that goes on over several lines is indented deeper than its key, or follows a |"
            );
        }
    }

    private void Unwind(int column)
    {
        while (_flow == 0 && _indent > column)
        {
            _indent = _indents.Pop();
            Tokens.Add(new YamlToken(YamlTokenKind.BlockEnd, Mark, Mark));
        }
    }

    private bool Indent(int column)
    {
        if (_indent >= column)
        {
            return false;
        }

        _indents.Push(_indent);
        _indent = column;
        return true;
    }

    private static YamlException Error(YamlMark mark, string message, string fix) => new(YamlStage.Scanner, mark, message, fix);
}
