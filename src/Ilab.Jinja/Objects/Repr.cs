using System.Globalization;
using System.Numerics;
using System.Text;

namespace Ilab.Jinja.Objects;

/// <summary>Python's <c>str</c> and <c>repr</c>.</summary>
internal static class Repr
{
    public static string Text(object? value, Runtime runtime)
    {
        switch (value)
        {
            case string text:
                return text;
            case Undefined undefined:
                undefined.Use();
                return "";
            default:
                return Of(value, runtime);
        }
    }

    public static string Of(object? value, Runtime runtime)
    {
        var output = new StringBuilder();
        Write(value, output, runtime);
        return runtime.Text(output.ToString());
    }

    public static string Quoted(string text, Runtime runtime)
    {
        var output = new StringBuilder();
        Write(text, output, runtime);
        return output.ToString();
    }

    private static void Write(object? value, StringBuilder output, Runtime runtime)
    {
        runtime.Step();
        runtime.Allocate(16);
        switch (value)
        {
            case null:
                output.Append("None");
                break;
            case bool flag:
                output.Append(flag ? "True" : "False");
                break;
            case long whole:
                output.Append(whole.ToString(CultureInfo.InvariantCulture));
                break;
            case BigInteger large:
                output.Append(large.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                output.Append(Numbers.Text(number));
                break;
            case string text:
                runtime.Allocate(2L * text.Length);
                WriteQuoted(text, output, runtime.Mark);
                break;
            case TupleList tuple:
                WriteItems(tuple, "(", tuple.Count == 1 ? ",)" : ")", output, runtime);
                break;
            case List<object?> list:
                WriteItems(list, "[", "]", output, runtime);
                break;
            case Dict dict:
                WriteDict(dict, output, runtime);
                break;
            case Iteration { Text: null } view:
                output.Append(view.Type).Append('(');
                WriteItems(view.Peek, "[", "])", output, runtime);
                break;
            case Iteration iteration:
                output.Append(iteration.Text);
                break;
            case Undefined:
                output.Append("Undefined");
                break;
            case Namespace given:
                output.Append("<Namespace ");
                var attributes = new Dict();
                foreach (var (name, attribute) in given.Attributes)
                {
                    attributes.Set(name, attribute);
                }

                WriteDict(attributes, output, runtime);
                output.Append('>');
                break;
            default:
                output.Append('<').Append(Types.Name(value)).Append(value is Callable callable ? " " + callable.Name : "").Append('>');
                break;
        }
    }

    private static void WriteItems(List<object?> items, string open, string close, StringBuilder output, Runtime runtime)
    {
        runtime.Enter();
        output.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            Write(items[i], output, runtime);
        }

        output.Append(close);
        runtime.Leave();
    }

    private static void WriteDict(Dict dict, StringBuilder output, Runtime runtime)
    {
        runtime.Enter();
        output.Append('{');
        var separator = "";
        foreach (var (key, value) in dict.Pairs)
        {
            output.Append(separator);
            Write(key, output, runtime);
            output.Append(": ");
            Write(value, output, runtime);
            separator = ", ";
        }

        output.Append('}');
        runtime.Leave();
    }

    private static void WriteQuoted(string text, StringBuilder output, char? mark)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(quote);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            _ = c switch
            {
                '\\' => output.Append("\\\\"),
                '\n' => output.Append("\\n"),
                '\r' => output.Append("\\r"),
                '\t' => output.Append("\\t"),
                _ when c == quote => output.Append('\\').Append(c),
                _ when c is >= ' ' and < '\x7f' || c == mark => output.Append(c),
                _ => AppendOther(text, ref i, output),
            };
        }

        output.Append(quote);
    }

    private static StringBuilder AppendOther(string text, ref int at, StringBuilder output)
    {
        var isPair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        int point = isPair ? char.ConvertToUtf32(text, at) : text[at];
        var isPrintable =
            CharUnicodeInfo.GetUnicodeCategory(point)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.SpaceSeparator
            );
        output.Append(
            isPrintable ? text.AsSpan(at, isPair ? 2 : 1).ToString()
            : point < 0x100 ? $"\\x{point:x2}"
            : point < 0x10000 ? $"\\u{point:x4}"
            : $"\\U{point:x8}"
        );
        at += isPair ? 1 : 0;
        return output;
    }
}
