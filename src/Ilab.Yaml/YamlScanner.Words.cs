using System.Globalization;
using System.Text;

namespace Ilab.Yaml;

public sealed partial class YamlScanner
{
    private YamlToken ScanDirective()
    {
        var start = Mark;
        Forward();
        var name = TakeWord(start, "a directive has a name", YamlText.EndsPart);
        string? extra = null;
        if (name == "YAML")
        {
            SkipSpaces();
            var major = TakeNumber();
            Require(Look() == '.', "a version is written 1.1");
            Forward();
            extra = $"{major} {TakeNumber()}";
            Require(YamlText.EndsPart(Look()), "a version is written 1.1");
        }
        else if (name == "TAG")
        {
            SkipSpaces();
            var handle = TakeHandle();
            Require(Look() == ' ', "a space follows the handle of a tag");
            SkipSpaces();
            extra = $"{handle} {TakeUri()}";
            Require(YamlText.EndsPart(Look()), "a space or the end of the line follows a tag");
        }
        else
        {
            while (!YamlText.EndsLine(Look()))
            {
                Forward();
            }
        }

        var end = Mark;
        SkipSpaces();
        SkipComment();
        Require(YamlText.EndsLine(Look()), "only a comment may follow a directive");
        TakeBreak();
        return new YamlToken(YamlTokenKind.Directive, start, end, name, extra);
    }

    private Func<YamlToken> ScanAnchor(YamlTokenKind kind) =>
        () =>
        {
            var start = Mark;
            Forward();
            var name = TakeWord(
                start,
                $"a name follows {(kind == YamlTokenKind.Alias ? "*" : "&")}",
                static c => YamlText.EndsWord(c) || "?:,]}%@`".Contains(c, StringComparison.Ordinal)
            );
            return new YamlToken(kind, start, Mark, name);
        };

    private YamlToken ScanTag()
    {
        var start = Mark;
        string? handle = null;
        string suffix;
        if (Look(1) == '<')
        {
            Forward(2);
            suffix = TakeUri();
            Require(Look() == '>', "a verbatim tag ends with >");
            Forward();
        }
        else if (YamlText.EndsWord(Look(1)))
        {
            suffix = "!";
            Forward();
        }
        else
        {
            var length = 1;
            while (!YamlText.EndsPart(Look(length)) && Look(length) != '!')
            {
                length++;
            }

            handle = "!";
            if (Look(length) == '!')
            {
                handle = TakeHandle();
            }
            else
            {
                Forward();
            }

            suffix = TakeUri();
        }

        Require(YamlText.EndsPart(Look()), "a space follows a tag");
        return new YamlToken(YamlTokenKind.Tag, start, Mark, suffix, handle);
    }

    private string TakeWord(YamlMark start, string rule, Func<char, bool> ends)
    {
        var length = 0;
        while (YamlText.IsWordCharacter(Look(length)))
        {
            length++;
        }

        if (length == 0 || !ends(Look(length)))
        {
            throw Error(start, $"{rule}, of letters, digits, - and _", "put the text in quotes if it is meant as text");
        }

        return TakeText(length);
    }

    private int TakeNumber()
    {
        var length = 0;
        while (char.IsAsciiDigit(Look(length)))
        {
            length++;
        }

        Require(length > 0, "a version is written 1.1");
        return int.TryParse(TakeText(length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
    }

    private string TakeHandle()
    {
        Require(Look() == '!', "a tag begins with !");
        var length = 1;
        if (Look(1) != ' ')
        {
            while (YamlText.IsWordCharacter(Look(length)))
            {
                length++;
            }

            Require(Look(length) == '!', "the handle of a tag ends with !");
            length++;
        }

        return TakeText(length);
    }

    private string TakeUri()
    {
        var text = new StringBuilder();
        while (char.IsAsciiLetterOrDigit(Look()) || (Look() != '\0' && "-;/?:@&=+$,_.!~*'()[]%".Contains(Look(), StringComparison.Ordinal)))
        {
            if (Look() == '%')
            {
                text.Append(TakeUriEscapes());
            }
            else
            {
                text.Append(Look());
                Forward();
            }
        }

        Require(text.Length > 0, "the name of a tag is missing");
        return text.ToString();
    }

    private string TakeUriEscapes()
    {
        var start = Mark;
        var bytes = new List<byte>();
        while (Look() == '%')
        {
            Require(char.IsAsciiHexDigit(Look(1)) && char.IsAsciiHexDigit(Look(2)), "two hexadecimal digits follow % in a tag");
            bytes.Add(byte.Parse(_text.AsSpan(_index + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            Forward(3);
        }

        try
        {
            return new UTF8Encoding(false, true).GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            throw Error(start, "an escape in a tag is not UTF-8", "write the tag without escapes");
        }
    }

    private void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw Error(Mark, rule, "put the text in quotes if it is meant as text");
        }
    }
}
