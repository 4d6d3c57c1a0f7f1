using System.Text;

namespace Ilab.Jinja;

/// <summary>Texts, expressions and statements of a template, with the white space around them trimmed where a minus says so.</summary>
internal sealed class Lexer(string template)
{
    private static readonly string[] Operators =
    [
        "==",
        "!=",
        "<=",
        ">=",
        "//",
        "**",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "|",
        "+",
        "-",
        "*",
        "/",
        "%",
        "~",
        "<",
        ">",
        "=",
    ];

    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;

    public static List<Token> Run(string template) => new Lexer(template.EndsWith('\n') ? template[..^1] : template).Run();

    private List<Token> Run()
    {
        var trimNext = false;
        while (_position < template.Length)
        {
            var start = NextTag();
            var text = template[_position..start];
            var tag = start < template.Length ? template[start + 1] : '\0';
            var trims = start + 2 < template.Length && template[start + 2] == '-' && tag != '\0';
            AddText(text, trimNext, trims);
            trimNext = false;
            _line += text.Count(static c => c == '\n');
            _position = start;
            if (tag == '\0')
            {
                break;
            }

            _position += trims || (start + 2 < template.Length && template[start + 2] == '+') ? 3 : 2;
            trimNext = tag == '#' ? SkipComment() : Inside(tag);
        }

        _tokens.Add(new Token(TokenKind.End, "", _line));
        return _tokens;
    }

    private int NextTag()
    {
        for (var index = _position; index + 1 < template.Length; index++)
        {
            if (template[index] == '{' && template[index + 1] is ('{' or '%' or '#'))
            {
                return index;
            }
        }

        return template.Length;
    }

    private void AddText(string text, bool trimStart, bool trimEnd)
    {
        text = trimStart ? text.TrimStart() : text;
        text = trimEnd ? text.TrimEnd() : text;
        if (text.Length > 0)
        {
            _tokens.Add(new Token(TokenKind.Text, text, _line));
        }
    }

    private bool SkipComment()
    {
        var end = template.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException($"line {_line}: a comment without an end");
        }

        _line += template.AsSpan(_position, end - _position).Count('\n');
        _position = end + 2;
        return template[end - 1] == '-';
    }

    private bool Inside(char tag)
    {
        _tokens.Add(new Token(tag == '{' ? TokenKind.OpenExpression : TokenKind.OpenStatement, "", _line));
        var close = tag == '{' ? "}}" : "%}";
        var depth = 0;
        while (true)
        {
            SkipBlanks();
            if (_position >= template.Length)
            {
                throw new TemplateException($"line {_line}: {(tag == '{' ? "an expression" : "a statement")} without an end");
            }

            var rest = template.AsSpan(_position);
            var isTrimmed = rest.StartsWith("-" + close, StringComparison.Ordinal);
            if (depth == 0 && (isTrimmed || rest.StartsWith(close, StringComparison.Ordinal)))
            {
                _position += isTrimmed ? 3 : 2;
                _tokens.Add(new Token(tag == '{' ? TokenKind.CloseExpression : TokenKind.CloseStatement, close, _line));
                return isTrimmed;
            }

            var token = Next(rest);
            depth +=
                token.Is("{") ? 1
                : token.Is("}") ? -1
                : 0;
            _tokens.Add(token);
        }
    }

    private Token Next(ReadOnlySpan<char> rest)
    {
        var first = rest[0];
        if (char.IsLetter(first) || first == '_')
        {
            return Take(TokenKind.Name, rest, static c => char.IsLetterOrDigit(c) || c == '_');
        }

        if (char.IsAsciiDigit(first))
        {
            var number = Take(TokenKind.Integer, rest, static c => char.IsAsciiDigit(c) || c == '.');
            return number.Value.Contains('.', StringComparison.Ordinal) ? number with { Kind = TokenKind.Float } : number;
        }

        if (first is '"' or '\'')
        {
            return Quoted(first);
        }

        foreach (var symbol in Operators)
        {
            if (rest.StartsWith(symbol, StringComparison.Ordinal))
            {
                _position += symbol.Length;
                return new Token(TokenKind.Operator, symbol, _line);
            }
        }

        throw new TemplateException($"line {_line}: '{first}' makes no sense here");
    }

    private Token Take(TokenKind kind, ReadOnlySpan<char> rest, Func<char, bool> belongs)
    {
        var length = 1;
        while (length < rest.Length && belongs(rest[length]))
        {
            length++;
        }

        _position += length;
        return new Token(kind, rest[..length].ToString(), _line);
    }

    private Token Quoted(char quote)
    {
        var text = new StringBuilder();
        for (_position++; _position < template.Length; _position++)
        {
            var character = template[_position];
            if (character == quote)
            {
                _position++;
                return new Token(TokenKind.String, text.ToString(), _line);
            }

            if (character == '\\' && _position + 1 < template.Length)
            {
                character = template[++_position] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    var other => other,
                };
            }

            text.Append(character);
        }

        throw new TemplateException($"line {_line}: a text without an end");
    }

    private void SkipBlanks()
    {
        while (_position < template.Length && char.IsWhiteSpace(template[_position]))
        {
            _line += template[_position++] == '\n' ? 1 : 0;
        }
    }
}
