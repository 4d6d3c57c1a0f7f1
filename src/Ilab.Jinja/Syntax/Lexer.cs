using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Syntax;

/// <summary>Splits a template into text, tags and their tokens, with Jinja's rules of white space.</summary>
internal sealed partial class Lexer
{
    private readonly string _template;
    private readonly TemplateOptions _options;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;

    public Lexer(string template, TemplateOptions options)
    {
        template = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _template = template.EndsWith('\n') ? template[..^1] : template;
        _options = options;
    }

    public List<Token> Run()
    {
        while (_position < _template.Length)
        {
            var tag = NextTag();
            if (tag < 0)
            {
                AddText(_template[_position..]);
                break;
            }

            AddText(Before(tag));
            _line += _template.AsSpan(_position, tag - _position).Count('\n');
            _position = tag;
            var kind = _template[tag + 1];
            if (kind == '#')
            {
                SkipComment();
            }
            else if (kind == '%' && IsWord("raw", out var bodyStart))
            {
                Raw(bodyStart);
            }
            else
            {
                Inside(kind);
            }
        }

        _tokens.Add(new Token(TokenKind.End, "", _line));
        return _tokens;
    }

    private int NextTag()
    {
        for (var at = _position; (at = _template.IndexOf('{', at)) >= 0; at++)
        {
            if (at + 1 < _template.Length && _template[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The text from here to a tag, as the tag's sign and the options trim it.</summary>
    private string Before(int tag)
    {
        var text = _template[_position..tag];
        var sign = tag + 2 < _template.Length ? _template[tag + 2] : ' ';
        if (sign == '-')
        {
            return TrimEnd(text);
        }

        if (sign == '+' || !_options.LstripBlocks || _template[tag + 1] == '{')
        {
            return text;
        }

        var line = text.LastIndexOf('\n') + 1;
        var isLineStart = line > 0 || _position == 0 || _template[_position - 1] == '\n';
        return isLineStart && text.AsSpan(line).ToString().All(CodePoints.IsSpace) ? text[..line] : text;
    }

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            _tokens.Add(new Token(TokenKind.Text, text, _line));
        }
    }

    private void SkipComment()
    {
        var end = _template.IndexOf("#}", _position + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException($"line {_line}: a comment has no end");
        }

        var sign = end > _position + 2 ? _template[end - 1] : ' ';
        _line += _template.AsSpan(_position, end - _position).Count('\n');
        _position = end + 2;
        AfterTag(sign, isBlock: true);
    }

    private void AfterTag(char sign, bool isBlock)
    {
        if (sign == '-')
        {
            SkipBlanks();
        }
        else if (sign != '+' && isBlock && _options.TrimBlocks && _position < _template.Length && _template[_position] == '\n')
        {
            _position++;
            _line++;
        }
    }

    /// <summary>Whether the block tag at a position has only this word; then where the tag ends.</summary>
    private bool IsWord(string word, out int end, int? tag = null)
    {
        end = (tag ?? _position) + 2;
        end += end < _template.Length && _template[end] is '-' or '+' ? 1 : 0;
        end = Blanks(end);
        if (string.CompareOrdinal(_template, end, word, 0, word.Length) != 0)
        {
            return false;
        }

        end = Blanks(end + word.Length);
        end += end < _template.Length && _template[end] is '-' or '+' ? 1 : 0;
        var isWord = string.CompareOrdinal(_template, end, "%}", 0, 2) == 0;
        end += 2;
        return isWord;
    }

    private void Raw(int start)
    {
        for (var at = start; (at = _template.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            if (!IsWord("endraw", out var end, at))
            {
                continue;
            }

            _line += _template.AsSpan(_position, start - _position).Count('\n');
            var isTrimmed = _template[start - 3] == '-';
            _position = isTrimmed ? Math.Min(at, Blanks(start)) : start;
            AddText(Before(at));
            _line += _template.AsSpan(_position, end - _position).Count('\n');
            _position = end;
            AfterTag(_template[end - 3], isBlock: true);
            return;
        }

        throw new TemplateException($"line {_line}: raw has no end");
    }

    private int Blanks(int at)
    {
        while (at < _template.Length && CodePoints.IsSpace(_template[at]))
        {
            at++;
        }

        return at;
    }

    private void SkipBlanks()
    {
        var end = Blanks(_position);
        _line += _template.AsSpan(_position, end - _position).Count('\n');
        _position = end;
    }

    private static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && CodePoints.IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }
}
