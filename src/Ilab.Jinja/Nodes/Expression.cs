using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Nodes;

/// <summary>Something with a value.</summary>
internal abstract class Expression
{
    /// <exception cref="TemplateException">It has no value.</exception>
    public object? Value(Scope scope)
    {
        scope.Runtime.Step();
        return Evaluate(scope);
    }

    protected abstract object? Evaluate(Scope scope);
}

internal sealed class Literal(object? value) : Expression
{
    protected override object? Evaluate(Scope scope) => value;
}

internal sealed class Name(string name) : Expression
{
    protected override object? Evaluate(Scope scope) => scope.TryGet(name, out var value) ? value : scope.Runtime.Missing(name);
}

internal sealed class ListLiteral(IReadOnlyList<Expression> items, bool isTuple) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var values = scope.Runtime.List([.. items.Select(item => item.Value(scope))]);
        return isTuple ? new TupleList(values) : values;
    }
}

internal sealed class MappingLiteral(IReadOnlyList<(Expression Key, Expression Value)> pairs) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        scope.Runtime.Allocate(128 + (64L * pairs.Count));
        var dict = new Dict();
        foreach (var (key, value) in pairs)
        {
            dict.Set(key.Value(scope), value.Value(scope));
        }

        return dict;
    }
}

internal sealed class Choice(Expression condition, Expression then, Expression? otherwise) : Expression
{
    protected override object? Evaluate(Scope scope) =>
        Types.IsTrue(condition.Value(scope)) ? then.Value(scope)
        : otherwise is not null ? otherwise.Value(scope)
        : scope.Runtime.IsStrict ? ""
        : new Undefined("the inline if-expression evaluated to false and no else section was defined.", "if", false);
}

internal sealed class Not(Expression operand) : Expression
{
    protected override object? Evaluate(Scope scope) => !Types.IsTrue(operand.Value(scope));
}

internal sealed class Negative(Expression operand) : Expression
{
    protected override object? Evaluate(Scope scope) =>
        operand.Value(scope) switch
        {
            double number => -number,
            Undefined undefined => throw undefined.Error(),
            var other when Numbers.AsWhole(other) is { } whole => Numbers.Subtract(0, whole),
            var other => throw new TemplateException($"bad operand type for unary -: '{Types.Name(other)}'"),
        };
}

/// <summary><c>and</c>, <c>or</c>: the value that decides.</summary>
internal sealed class Logic(bool isAnd, Expression left, Expression right) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var value = left.Value(scope);
        return Types.IsTrue(value) == isAnd ? right.Value(scope) : value;
    }
}

internal sealed class Concatenation(IReadOnlyList<Expression> parts) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var texts = new string[parts.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = Repr.Text(parts[i].Value(scope), scope.Runtime);
        }

        scope.Runtime.Allocate(texts.Sum(static text => 2L * text.Length) + 24);
        return string.Concat(texts);
    }
}

/// <summary>Comparisons, chained as in Python.</summary>
internal sealed class Comparison(Expression first, IReadOnlyList<(string Symbol, Expression Operand)> others) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var left = first.Value(scope);
        foreach (var (symbol, operand) in others)
        {
            var right = operand.Value(scope);
            if (!Operators.Holds(symbol, left, right, scope.Runtime))
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

internal sealed class Operation(string symbol, Expression left, Expression right) : Expression
{
    protected override object? Evaluate(Scope scope) => Operators.Apply(symbol, left.Value(scope), right.Value(scope), scope.Runtime);
}
