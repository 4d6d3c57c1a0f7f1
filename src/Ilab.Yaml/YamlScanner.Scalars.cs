using System.Globalization;
using System.Text;

namespace Ilab.Yaml;

public sealed partial class YamlScanner
{
    private YamlToken ScanPlain()
    {
        var start = Mark;
        var end = start;
        var indent = _indent + 1;
        var text = new StringBuilder();
        var spaces = "";
        while (Look() != '#')
        {
            var length = 0;
            while (!EndsPlain(length))
            {
                length++;
            }

            if (length == 0)
            {
                break;
            }

            _keyAllowed = false;
            text.Append(spaces).Append(TakeText(length));
            end = Mark;
            spaces = TakePlainSpaces();
            if (spaces.Length == 0 || Look() == '#' || (_flow == 0 && _column < indent))
            {
                break;
            }
        }

        return new YamlToken(YamlTokenKind.Scalar, start, end, text.ToString());
    }

    private bool EndsPlain(int ahead)
    {
        var c = Look(ahead);
        if (YamlText.EndsWord(c))
        {
            return true;
        }

        if (c == ':')
        {
            var next = Look(ahead + 1);
            return YamlText.EndsWord(next) || (_flow != 0 && next is ',' or '[' or ']' or '{' or '}');
        }

        return _flow != 0 && c is ',' or '?' or '[' or ']' or '{' or '}';
    }

    /// <summary>What stands between two parts of a plain text; empty when the text ends here.</summary>
    private string TakePlainSpaces()
    {
        var length = 0;
        while (Look(length) == ' ')
        {
            length++;
        }

        var blanks = TakeText(length);
        if (!YamlText.IsBreak(Look()))
        {
            return blanks;
        }

        var first = TakeBreak();
        _keyAllowed = true;
        if (IsDocumentSeparator())
        {
            return "";
        }

        var breaks = new StringBuilder();
        while (Look() == ' ' || YamlText.IsBreak(Look()))
        {
            if (Look() == ' ')
            {
                Forward();
                continue;
            }

            breaks.Append(TakeBreak());
            if (IsDocumentSeparator())
            {
                return "";
            }
        }

        return Fold(first, breaks);
    }

    /// <summary>One line break between texts is a space; of several, the first is dropped.</summary>
    private static string Fold(string first, StringBuilder breaks) =>
        first != "\n" ? first + breaks
        : breaks.Length == 0 ? " "
        : breaks.ToString();

    private YamlToken ScanQuoted(char quote)
    {
        var start = Mark;
        var text = new StringBuilder();
        Forward();
        TakeQuotedWord(text, quote);
        while (Look() != quote)
        {
            TakeQuotedSpaces(text, start);
            TakeQuotedWord(text, quote);
        }

        Forward();
        return new YamlToken(YamlTokenKind.Scalar, start, Mark, text.ToString(), null, quote == '"' ? YamlStyle.DoubleQuoted : YamlStyle.SingleQuoted);
    }

    private void TakeQuotedWord(StringBuilder text, char quote)
    {
        while (true)
        {
            var length = 0;
            while (Look(length) is not ('\'' or '"' or '\\') && !YamlText.EndsWord(Look(length)))
            {
                length++;
            }

            text.Append(_text, _index, length);
            Forward(length);
            var c = Look();
            if (quote == '\'' && c == '\'' && Look(1) == '\'')
            {
                text.Append('\'');
                Forward(2);
            }
            else if ((quote == '"' && c == '\'') || (quote == '\'' && c is '"' or '\\'))
            {
                text.Append(c);
                Forward();
            }
            else if (quote == '"' && c == '\\')
            {
                TakeEscape(text);
            }
            else
            {
                return;
            }
        }
    }

    private void TakeEscape(StringBuilder text)
    {
        var start = Mark;
        Forward();
        var c = Look();
        if (YamlText.IsBreak(c))
        {
            TakeBreak();
            text.Append(TakeQuotedBreaks(start));
            return;
        }

        var digits = c switch
        {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if (digits > 0)
        {
            Forward();
            for (var index = 0; index < digits; index++)
            {
                Require(char.IsAsciiHexDigit(Look(index)), $"{digits} hexadecimal digits follow \\{c}");
            }

            var code = uint.Parse(TakeText(digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (code > 0x10FFFF)
            {
                throw new YamlException(YamlStage.Constructor, start, "an escape for a character that does not exist", "write the character itself");
            }

            text.Append(code is >= 0xD800 and <= 0xDFFF ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
            return;
        }

        var at = c == '\0' ? -1 : "0abt\tnvfre \"\\/N_LP".IndexOf(c, StringComparison.Ordinal);
        if (at < 0)
        {
            throw Error(start, $"\\{(c == '\0' ? "" : c)} is not an escape inside double quotes", "write \\\\ for a backslash, or use single quotes");
        }

        text.Append("\0\a\b\t\t\n\v\f\r\u001b \"\\/\u0085\u00A0\u2028\u2029"[at]);
        Forward();
    }

    private void TakeQuotedSpaces(StringBuilder text, YamlMark start)
    {
        var length = 0;
        while (Look(length) is ' ' or '\t')
        {
            length++;
        }

        var blanks = TakeText(length);
        if (Look() == '\0')
        {
            throw Error(start, "a quote that never ends", "close the text with the quote it begins with");
        }

        if (!YamlText.IsBreak(Look()))
        {
            text.Append(blanks);
            return;
        }

        var first = TakeBreak();
        text.Append(Fold(first, TakeQuotedBreaks(start)));
    }

    private StringBuilder TakeQuotedBreaks(YamlMark start)
    {
        var breaks = new StringBuilder();
        while (true)
        {
            if (IsDocumentSeparator())
            {
                throw Error(start, "a quote that never ends: a new document begins inside of it", "close the text with the quote it begins with");
            }

            while (Look() is ' ' or '\t')
            {
                Forward();
            }

            if (!YamlText.IsBreak(Look()))
            {
                return breaks;
            }

            breaks.Append(TakeBreak());
        }
    }
}
