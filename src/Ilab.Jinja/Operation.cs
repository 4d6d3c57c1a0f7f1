namespace Ilab.Jinja;

/// <summary>Two operands: arithmetic, comparison, membership, joining as texts.</summary>
internal sealed class Operation(string symbol, Expression left, Expression right) : Expression
{
    public override object? Value(Scope scope)
    {
        var (a, b) = (left.Value(scope), right.Value(scope));
        return symbol switch
        {
            "==" => Values.Equals(a, b),
            "!=" => !Values.Equals(a, b),
            "<" => Order(a, b) < 0,
            "<=" => Order(a, b) <= 0,
            ">" => Order(a, b) > 0,
            ">=" => Order(a, b) >= 0,
            "in" => IsIn(a, b),
            "not in" => !IsIn(a, b),
            "~" => Values.Text(a) + Values.Text(b),
            "+" when a is string x && b is string y => x + y,
            "+" when a is List<object?> x && b is List<object?> y => x.Concat(y).ToList(),
            "*" when a is string x && b is long y => Repeat(x, y),
            _ => Arithmetic(a, b),
        };
    }

    private static string Repeat(string text, long times) =>
        times <= 0 ? ""
        : text.Length * times <= 1 << 20 ? string.Concat(Enumerable.Repeat(text, (int)times))
        : throw new TemplateException("the text becomes too long");

    private static bool IsIn(object? item, object? container) =>
        container switch
        {
            string text => item is string part && text.Contains(part, StringComparison.Ordinal),
            List<object?> list => list.Any(entry => Values.Equals(entry, item)),
            IDictionary<string, object?> mapping => item is string key && mapping.ContainsKey(key),
            _ => throw new TemplateException("nothing can be in that"),
        };

    private int Order(object? a, object? b) => Values.Compare(a, b) ?? throw new TemplateException($"'{symbol}' needs two numbers or two texts");

    private object Arithmetic(object? a, object? b)
    {
        if (Values.AsNumber(a) is not { } x || Values.AsNumber(b) is not { } y)
        {
            throw new TemplateException($"'{symbol}' needs two numbers");
        }

        if (symbol is ("/" or "//" or "%") && y == 0)
        {
            throw new TemplateException("division by zero");
        }

        var isWhole = a is (long or bool) && b is (long or bool);
        var result = symbol switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => x / y,
            "//" => Math.Floor(x / y),
            "%" => x - (y * Math.Floor(x / y)),
            "**" => Math.Pow(x, y),
            _ => throw new TemplateException($"there is no operator {symbol}"),
        };
        return isWhole && symbol != "/" && Math.Abs(result) < 1L << 53 && result == Math.Floor(result) ? (object)(long)result : result;
    }
}
