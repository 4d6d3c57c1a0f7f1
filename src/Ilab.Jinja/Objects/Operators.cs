namespace Ilab.Jinja.Objects;

/// <summary>Python's binary operators.</summary>
internal static class Operators
{
    public static bool Holds(string symbol, object? left, object? right, Runtime runtime) =>
        symbol switch
        {
            "==" => Compare.AreEqual(left, right),
            "!=" => !Compare.AreEqual(left, right),
            "in" => Compare.IsIn(left, right, runtime),
            "not in" => !Compare.IsIn(left, right, runtime),
            _ when IsNotANumber(left) || IsNotANumber(right) => false,
            "<" => Compare.Order(left, right, symbol) < 0,
            "<=" => Compare.Order(left, right, symbol) <= 0,
            ">" => Compare.Order(left, right, symbol) > 0,
            _ => Compare.Order(left, right, symbol) >= 0,
        };

    public static object? Apply(string symbol, object? left, object? right, Runtime runtime)
    {
        switch (symbol, left, right)
        {
            case (_, Undefined undefined, _):
                throw undefined.Error();
            case ("%", string format, _):
                return PercentFormat.Apply(format, right, runtime);
            case (_, _, Undefined undefined):
                throw undefined.Error();
            case ("+", string a, string b):
                runtime.Allocate(24 + (2L * (a.Length + b.Length)));
                return a + b;
            case ("+", string, _):
                throw new TemplateException($"can only concatenate str (not \"{Types.Name(right)}\") to str");
            case ("+", List<object?> a, List<object?> b) when a is TupleList == b is TupleList:
                runtime.Allocate(32 + (16L * (a.Count + b.Count)));
                return a is TupleList ? new TupleList(a.Concat(b)) : a.Concat(b).ToList();
            case ("*", string or List<object?>, _) when Numbers.AsWhole(right) is { } times:
                return Repeat(left, times, runtime);
            case ("*", _, string or List<object?>) when Numbers.AsWhole(left) is { } times:
                return Repeat(right, times, runtime);
            default:
                return Arithmetic(symbol, left, right);
        }
    }

    private static object Repeat(object value, long times, Runtime runtime)
    {
        times = Math.Clamp(times, 0, int.MaxValue);
        if (value is string text)
        {
            runtime.Allocate(24 + (2L * text.Length * times));
            return text.Length == 0 ? "" : new System.Text.StringBuilder().Insert(0, text, (int)times).ToString();
        }

        var list = (List<object?>)value;
        runtime.Allocate(32 + (16L * list.Count * times));
        var items = list.Count == 0 ? [] : Enumerable.Repeat(list, (int)times).SelectMany(static items => items);
        return list is TupleList ? new TupleList(items) : items.ToList();
    }

    private static object Arithmetic(string symbol, object? left, object? right)
    {
        if (Numbers.AsDouble(left) is not { } x || Numbers.AsDouble(right) is not { } y)
        {
            throw new TemplateException($"unsupported operand type(s) for {symbol}: '{Types.Name(left)}' and '{Types.Name(right)}'");
        }

        if (Numbers.AsWhole(left) is { } a && Numbers.AsWhole(right) is { } b)
        {
            return symbol switch
            {
                "+" => Numbers.Add(a, b),
                "-" => Numbers.Subtract(a, b),
                "*" => Numbers.Multiply(a, b),
                "//" => Numbers.FloorDivide(a, b),
                "%" => Numbers.Modulo(a, b),
                "**" => Numbers.Power(a, b),
                _ => b == 0 ? throw Numbers.ZeroDivision() : x / y,
            };
        }

        return symbol switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "%" => Numbers.Modulo(x, y),
            "**" => Math.Pow(x, y),
            _ when y == 0 => throw Numbers.ZeroDivision(),
            "//" => Math.Floor(x / y),
            _ => x / y,
        };
    }

    private static bool IsNotANumber(object? value) => value is double.NaN;
}
