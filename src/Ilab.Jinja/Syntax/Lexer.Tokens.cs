using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ilab.Jinja.Syntax;

internal sealed partial class Lexer
{
    private static readonly string[] Operators =
    [
        "==",
        "!=",
        "<=",
        ">=",
        "//",
        "**",
        "<",
        ">",
        "=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "~",
        "|",
        ".",
        ",",
        ":",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ";",
    ];

    private void Inside(char tag)
    {
        var isBlock = tag == '%';
        _tokens.Add(new Token(isBlock ? TokenKind.OpenStatement : TokenKind.OpenExpression, "", _line));
        _position += 2;
        _position += _position < _template.Length && _template[_position] is '-' or '+' ? 1 : 0;
        var (close, depth) = (isBlock ? "%}" : "}}", 0);
        while (true)
        {
            SkipBlanks();
            if (_position >= _template.Length)
            {
                throw new TemplateException($"line {_line}: {(isBlock ? "a statement" : "an expression")} has no end");
            }

            var rest = _template.AsSpan(_position);
            var sign = rest[0] == '-' || (isBlock && rest[0] == '+') ? rest[0] : ' ';
            if (depth == 0 && rest[(sign == ' ' ? 0 : 1)..].StartsWith(close, StringComparison.Ordinal))
            {
                _position += sign == ' ' ? 2 : 3;
                _tokens.Add(new Token(isBlock ? TokenKind.CloseStatement : TokenKind.CloseExpression, close, _line));
                AfterTag(sign, isBlock);
                return;
            }

            var token = Next(rest);
            depth +=
                token.Kind != TokenKind.Operator ? 0
                : token.Value is "{" or "(" or "[" ? 1
                : token.Value is "}" or ")" or "]" ? -1
                : 0;
            _tokens.Add(token);
        }
    }

    private Token Next(ReadOnlySpan<char> rest)
    {
        var first = rest[0];
        if (char.IsLetter(first) || first == '_')
        {
            var length = 1;
            while (length < rest.Length && (char.IsLetterOrDigit(rest[length]) || rest[length] == '_'))
            {
                length++;
            }

            return Take(TokenKind.Name, length);
        }

        if (char.IsAsciiDigit(first))
        {
            return Number();
        }

        if (first is '"' or '\'')
        {
            return Quoted(first);
        }

        foreach (var symbol in Operators)
        {
            if (rest.StartsWith(symbol, StringComparison.Ordinal))
            {
                return Take(TokenKind.Operator, symbol.Length);
            }
        }

        throw new TemplateException($"line {_line}: unexpected character '{first}'");
    }

    private Token Take(TokenKind kind, int length)
    {
        var token = new Token(kind, _template.Substring(_position, length), _line);
        _position += length;
        return token;
    }

    private Token Number()
    {
        var isMember = _position > 0 && _template[_position - 1] == '.';
        if (!isMember && FloatLiteral().Match(_template, _position) is { Success: true } number)
        {
            return Take(TokenKind.Float, number.Length) is var token ? token with { Value = token.Value.Replace("_", "", StringComparison.Ordinal) } : default;
        }

        var digits = Take(TokenKind.Integer, IntegerLiteral().Match(_template, _position).Length);
        return digits with { Value = digits.Value.Replace("_", "", StringComparison.Ordinal) };
    }

    private Token Quoted(char quote)
    {
        var (text, line) = (new StringBuilder(), _line);
        for (_position++; _position < _template.Length; _position++)
        {
            var c = _template[_position];
            if (c == quote)
            {
                _position++;
                return new Token(TokenKind.String, text.ToString(), line);
            }

            _line += c == '\n' ? 1 : 0;
            if (c == '\\' && _position + 1 < _template.Length)
            {
                _position++;
                Escape(text);
            }
            else
            {
                text.Append(c);
            }
        }

        throw new TemplateException($"line {line}: a string has no end");
    }

    /// <summary>What stands for a backslash and the character here; unknown escapes keep the backslash.</summary>
    private void Escape(StringBuilder text)
    {
        var c = _template[_position];
        var digits = c switch
        {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if (digits > 0)
        {
            if (
                _position + digits >= _template.Length
                || !uint.TryParse(_template.AsSpan(_position + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point)
                || point > 0x10FFFF
            )
            {
                throw new TemplateException($"line {_line}: invalid escape \\{c}");
            }

            text.Append(point is < 0x10000 ? ((char)point).ToString() : char.ConvertFromUtf32((int)point));
            _position += digits;
        }
        else if (c is >= '0' and <= '7')
        {
            var length = 1;
            while (length < 3 && _position + length < _template.Length && _template[_position + length] is >= '0' and <= '7')
            {
                length++;
            }

            text.Append((char)Convert.ToInt32(_template.Substring(_position, length), 8));
            _position += length - 1;
        }
        else
        {
            const string Letters = "ntrabfv\\'\"\n";
            var known = Letters.IndexOf(c, StringComparison.Ordinal);
            _ = known switch
            {
                < 0 => text.Append('\\').Append(c),
                10 => text,
                _ => text.Append("\n\t\r\a\b\f\v\\'\""[known]),
            };
        }
    }

    [GeneratedRegex(@"\G(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+\-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)", RegexOptions.ECMAScript)]
    private static partial Regex FloatLiteral();

    [GeneratedRegex(@"\G(?:0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|\d(?:_?\d)*)", RegexOptions.ECMAScript)]
    private static partial Regex IntegerLiteral();
}
