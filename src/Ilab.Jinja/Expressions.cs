namespace Ilab.Jinja;

/// <summary>Something with a value.</summary>
internal abstract class Expression
{
    /// <exception cref="TemplateException">It has none.</exception>
    public abstract object? Value(Scope scope);

    /// <summary>Whether it has a value at all; everything but a missing name or member has.</summary>
    public virtual bool IsDefined(Scope scope) => true;
}

internal sealed class Literal(object? value) : Expression
{
    public override object? Value(Scope scope) => value;
}

internal sealed class Name(string name) : Expression
{
    public override object? Value(Scope scope) => scope.TryGet(name, out var value) ? value : throw new UndefinedException(name);

    public override bool IsDefined(Scope scope) => scope.TryGet(name, out _);
}

internal sealed class ListLiteral(IReadOnlyList<Expression> items) : Expression
{
    public override object? Value(Scope scope) => items.Select(item => item.Value(scope)).ToList();
}

internal sealed class MappingLiteral(IReadOnlyList<(Expression Key, Expression Value)> pairs) : Expression
{
    public override object? Value(Scope scope) =>
        new OrderedDictionary<string, object?>(pairs.Select(pair => KeyValuePair.Create(Values.Text(pair.Key.Value(scope)), pair.Value.Value(scope))));
}

/// <summary><c>a.b</c> and <c>a[b]</c>.</summary>
internal sealed class Member(Expression target, Expression key) : Expression
{
    public Expression Target => target;

    public Expression Key => key;

    public override object? Value(Scope scope)
    {
        var name = key.Value(scope);
        return TryGet(target.Value(scope), name, out var value) ? value : throw new UndefinedException(Values.Text(name));
    }

    public override bool IsDefined(Scope scope) => target.IsDefined(scope) && TryGet(target.Value(scope), key.Value(scope), out _);

    private static bool TryGet(object? target, object? key, out object? value)
    {
        value = null;
        switch (target)
        {
            case IDictionary<string, object?> mapping:
                return mapping.TryGetValue(Values.Text(key), out value);
            case List<object?> list when key is long index && (index < 0 ? index + list.Count : index) is var at && at >= 0 && at < list.Count:
                value = list[(int)at];
                return true;
            case string text when key is long index && (index < 0 ? index + text.Length : index) is var at && at >= 0 && at < text.Length:
                value = text[(int)at].ToString();
                return true;
            default:
                return false;
        }
    }
}

internal sealed class Slice(Expression target, Expression? from, Expression? to) : Expression
{
    public override object? Value(Scope scope)
    {
        var whole = target.Value(scope);
        var length = whole switch
        {
            string text => text.Length,
            List<object?> list => list.Count,
            _ => throw new TemplateException("only texts and lists are cut"),
        };
        var start = At(from?.Value(scope), 0, length);
        var end = Math.Max(start, At(to?.Value(scope), length, length));
        return whole is string cut ? cut[start..end] : ((List<object?>)whole!)[start..end];
    }

    private static int At(object? index, int missing, int length) =>
        index is long given ? (int)Math.Clamp(given < 0 ? given + length : given, 0, length) : missing;
}

internal sealed class Choice(Expression condition, Expression then, Expression? otherwise) : Expression
{
    public override object? Value(Scope scope) =>
        Values.IsTrue(condition.Value(scope)) ? then.Value(scope)
        : otherwise is null ? ""
        : otherwise.Value(scope);
}

internal sealed class Not(Expression operand) : Expression
{
    public override object? Value(Scope scope) => !Values.IsTrue(operand.Value(scope));
}

internal sealed class Negative(Expression operand) : Expression
{
    public override object? Value(Scope scope) =>
        operand.Value(scope) switch
        {
            long whole => (object)-whole,
            double number => -number,
            _ => throw new TemplateException("only a number can be negative"),
        };
}

/// <summary><c>and</c>, <c>or</c>: the last value that was looked at.</summary>
internal sealed class Logic(bool isAnd, Expression left, Expression right) : Expression
{
    public override object? Value(Scope scope)
    {
        var value = left.Value(scope);
        return Values.IsTrue(value) == isAnd ? right.Value(scope) : value;
    }
}

/// <summary><c>is defined</c>, <c>is not none</c>, ...</summary>
internal sealed class Test(Expression operand, string name, bool isNegated) : Expression
{
    public override object? Value(Scope scope)
    {
        var result = name switch
        {
            "defined" => operand.IsDefined(scope),
            "undefined" => !operand.IsDefined(scope),
            "none" => operand.Value(scope) is null,
            "string" => operand.Value(scope) is string,
            "number" => operand.Value(scope) is long or double,
            "integer" => operand.Value(scope) is long,
            "boolean" => operand.Value(scope) is bool,
            "mapping" => operand.Value(scope) is IDictionary<string, object?>,
            "sequence" or "iterable" => operand.Value(scope) is List<object?> or string or IDictionary<string, object?>,
            "true" => operand.Value(scope) is true,
            "false" => operand.Value(scope) is false,
            "odd" => operand.Value(scope) is long odd && odd % 2 != 0,
            "even" => operand.Value(scope) is long even && even % 2 == 0,
            _ => throw new TemplateException($"there is no test {name}"),
        };
        return result != isNegated;
    }
}
