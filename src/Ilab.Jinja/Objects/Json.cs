using System.Globalization;
using System.Numerics;
using System.Text;

namespace Ilab.Jinja.Objects;

/// <summary>Python's <c>json.dumps</c>.</summary>
internal sealed class Json(Runtime runtime, bool isAscii, string? indent, string itemSeparator, string keySeparator, bool isSorted)
{
    private readonly StringBuilder _output = new();
    private int _level;

    public string Dump(object? value)
    {
        Write(value);
        return runtime.Text(_output.ToString());
    }

    private void Write(object? value)
    {
        runtime.Step();
        runtime.Allocate(16);
        switch (value)
        {
            case string text:
                WriteText(text);
                break;
            case null or bool or long or double or BigInteger:
                _output.Append(Scalar(value));
                break;
            case List<object?> list:
                WriteGroup('[', ']', list, Write);
                break;
            case Dict dict:
                var pairs = isSorted ? dict.Pairs.OrderBy(static pair => pair.Key, Comparer<object?>.Create(static (a, b) => Compare.Order(a, b))) : dict.Pairs;
                WriteGroup('{', '}', pairs, WritePair);
                break;
            default:
                (value as Undefined)?.Use();
                throw new TemplateException($"Object of type {Types.Name(value)} is not JSON serializable");
        }
    }

    private static string Scalar(object? value) =>
        value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            long whole => whole.ToString(CultureInfo.InvariantCulture),
            BigInteger large => large.ToString(CultureInfo.InvariantCulture),
            double.NaN => "NaN",
            double number when double.IsInfinity(number) => number > 0 ? "Infinity" : "-Infinity",
            double number => Numbers.Text(number),
            _ => throw new TemplateException($"keys must be str, int, float, bool or None, not {Types.Name(value)}"),
        };

    private void WritePair(KeyValuePair<object?, object?> pair)
    {
        WriteText(pair.Key as string ?? Scalar(pair.Key));
        _output.Append(keySeparator);
        Write(pair.Value);
    }

    private void WriteGroup<T>(char open, char close, IEnumerable<T> items, Action<T> write)
    {
        runtime.Enter();
        _output.Append(open);
        _level++;
        var isEmpty = true;
        foreach (var item in items)
        {
            _output.Append(isEmpty ? "" : itemSeparator);
            NewLine();
            write(item);
            isEmpty = false;
        }

        _level--;
        if (!isEmpty)
        {
            NewLine();
        }

        _output.Append(close);
        runtime.Leave();
    }

    private void NewLine()
    {
        if (indent is not null)
        {
            runtime.Allocate(2L * indent.Length * _level);
            _output.Append('\n').Insert(_output.Length, indent, _level);
        }
    }

    private void WriteText(string text)
    {
        runtime.Allocate(2L * text.Length);
        _output.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _output.Append("\\\""),
                '\\' => _output.Append("\\\\"),
                '\n' => _output.Append("\\n"),
                '\r' => _output.Append("\\r"),
                '\t' => _output.Append("\\t"),
                '\b' => _output.Append("\\b"),
                '\f' => _output.Append("\\f"),
                _ when c < ' ' || (isAscii && c > '~' && c != runtime.Mark) => _output.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _output.Append(c),
            };
        }

        _output.Append('"');
    }
}
