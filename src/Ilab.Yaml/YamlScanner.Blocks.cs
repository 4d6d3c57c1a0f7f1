using System.Text;

namespace Ilab.Yaml;

public sealed partial class YamlScanner
{
    /// <summary>Text behind | or >.</summary>
    private YamlToken ScanBlockScalar(YamlStyle style)
    {
        var start = Mark;
        Forward();
        var (keep, increment) = TakeBlockHeader();
        var least = Math.Max(1, _indent + 1);
        var breaks = new StringBuilder();
        int indent;
        YamlMark end;
        if (increment > 0)
        {
            indent = least + increment - 1;
            end = TakeBlockBreaks(breaks, indent);
        }
        else
        {
            (end, var deepest) = TakeBlockIndentation(breaks);
            indent = Math.Max(least, deepest);
        }

        var text = new StringBuilder();
        var last = "";
        while (_column == indent && Look() != '\0')
        {
            text.Append(breaks);
            var leadingText = Look() is not (' ' or '\t');
            var length = 0;
            while (!YamlText.EndsLine(Look(length)))
            {
                length++;
            }

            text.Append(TakeText(length));
            last = TakeBreak();
            breaks.Clear();
            end = TakeBlockBreaks(breaks, indent);
            if (_column != indent || Look() == '\0')
            {
                break;
            }

            if (style == YamlStyle.Folded && last == "\n" && leadingText && Look() is not (' ' or '\t'))
            {
                text.Append(breaks.Length == 0 ? " " : "");
            }
            else
            {
                text.Append(last);
            }
        }

        text.Append(keep is false ? "" : last).Append(keep is true ? breaks.ToString() : "");
        return new YamlToken(YamlTokenKind.Scalar, start, end, text.ToString(), null, style);
    }

    /// <summary>The marks behind | or >: what happens to the last line breaks (true: kept, false: dropped), and the indentation (0 = to be found
    /// out).</summary>
    private (bool? Keep, int Increment) TakeBlockHeader()
    {
        bool? keep = null;
        var increment = 0;
        for (var round = 0; round < 2; round++)
        {
            if (keep is null && Look() is '+' or '-')
            {
                keep = Look() == '+';
                Forward();
            }
            else if (increment == 0 && char.IsAsciiDigit(Look()))
            {
                increment = Look() - '0';
                Require(increment > 0, "the indentation behind | or > is a number from 1 to 9");
                Forward();
            }
        }

        Require(YamlText.EndsPart(Look()), "only + or - and a digit may follow | or >");
        SkipSpaces();
        SkipComment();
        Require(YamlText.EndsLine(Look()), "text behind | or > begins on the next line");
        TakeBreak();
        return (keep, increment);
    }

    private (YamlMark End, int Deepest) TakeBlockIndentation(StringBuilder breaks)
    {
        var end = Mark;
        var deepest = 0;
        while (Look() == ' ' || YamlText.IsBreak(Look()))
        {
            if (Look() == ' ')
            {
                Forward();
                deepest = Math.Max(deepest, _column);
            }
            else
            {
                breaks.Append(TakeBreak());
                end = Mark;
            }
        }

        return (end, deepest);
    }

    private YamlMark TakeBlockBreaks(StringBuilder breaks, int indent)
    {
        var end = Mark;
        SkipIndent(indent);
        while (YamlText.IsBreak(Look()))
        {
            breaks.Append(TakeBreak());
            end = Mark;
            SkipIndent(indent);
        }

        return end;
    }

    private void SkipIndent(int indent)
    {
        while (_column < indent && Look() == ' ')
        {
            Forward();
        }
    }
}
