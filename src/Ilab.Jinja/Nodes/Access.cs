using Ilab.Jinja.Builtins;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Nodes;

/// <summary><c>a.b</c> looks for an attribute first, <c>a[b]</c> for an item.</summary>
internal sealed class Member(Expression target, Expression key, bool isAttribute) : Expression
{
    protected override object? Evaluate(Scope scope) =>
        isAttribute
            ? Members.Attribute(target.Value(scope), (string)key.Value(scope)!, scope.Runtime)
            : Members.Item(target.Value(scope), key.Value(scope), scope.Runtime);
}

internal sealed class Slice(Expression target, Expression? from, Expression? to, Expression? step) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var whole = target.Value(scope);
        var (start, end, stride) = (Index(from, scope), Index(to, scope), Index(step, scope) ?? 1);
        switch (whole)
        {
            case string text:
                return scope.Runtime.Text(CodePoints.Slice(text, start, end, stride));
            case TupleList tuple:
                return new TupleList(scope.Runtime.List(Slices.Of(tuple, start, end, stride)));
            case List<object?> list:
                return scope.Runtime.List(Slices.Of(list, start, end, stride));
            case Iteration { Type: "range" } range:
                return scope.Runtime.List(Slices.Of(range.Peek, start, end, stride));
            case Undefined undefined:
                undefined.Use();
                return undefined;
            default:
                return scope.Runtime.Missing(whole, "slice");
        }
    }

    private static long? Index(Expression? expression, Scope scope) =>
        expression?.Value(scope) switch
        {
            null => null,
            Undefined undefined => throw undefined.Error(),
            var value => Numbers.AsWhole(value) ?? throw new TemplateException("slice indices must be integers or None"),
        };
}

internal enum ArgumentKind
{
    Positional,
    Named,
    Sequence,
    Mapping,
}

/// <summary>The arguments of a call as written.</summary>
internal sealed class ArgumentList(IReadOnlyList<(ArgumentKind Kind, string? Name, Expression Value)> arguments)
{
    public static ArgumentList None { get; } = new([]);

    public Arguments Evaluate(string function, Scope scope)
    {
        var (positional, named) = (new List<object?>(arguments.Count), new List<KeyValuePair<string, object?>>());
        foreach (var (kind, name, expression) in arguments)
        {
            var value = expression.Value(scope);
            switch (kind)
            {
                case ArgumentKind.Positional:
                    positional.Add(value);
                    break;
                case ArgumentKind.Named:
                    named.Add(KeyValuePair.Create(name!, value));
                    break;
                case ArgumentKind.Sequence:
                    positional.AddRange(scope.Runtime.List(Types.Items(value, scope.Runtime)));
                    break;
                default:
                    var dict = value as Dict ?? throw new TemplateException($"argument after ** must be a mapping, not {Types.Name(value)}");
                    scope.Runtime.Allocate(64L * dict.Count);
                    named.AddRange(dict.Pairs.Select(static pair => KeyValuePair.Create((string)pair.Key!, pair.Value)));
                    break;
            }
        }

        return new Arguments(function, positional, named);
    }
}

internal sealed class Call(Expression callee, ArgumentList arguments) : Expression
{
    /// <param name="caller">The body of a call block.</param>
    public object? Invoke(Scope scope, Callable? caller)
    {
        var function = callee.Value(scope) switch
        {
            Callable callable => callable,
            Undefined undefined => throw undefined.Error(),
            var other => throw new TemplateException($"'{Types.Name(other)}' object is not callable"),
        };
        var given = arguments.Evaluate(function.Name, scope);
        if (caller is not null)
        {
            given.Named.Add(KeyValuePair.Create("caller", (object?)caller));
        }

        return function.Invoke(given, scope.Runtime);
    }

    protected override object? Evaluate(Scope scope) => Invoke(scope, null);
}

internal sealed class Filter(string name, Expression value, ArgumentList arguments) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var filter = Filters.Find(name);
        object? input;
        try
        {
            input = value.Value(scope);
        }
        catch (UndefinedException exception) when (scope.Runtime.IsStrict && name is "default" or "d")
        {
            input = scope.Runtime.Missing(exception.Name);
        }

        return filter(input, arguments.Evaluate(name, scope), scope.Runtime);
    }
}

/// <summary><c>is defined</c>, <c>is not none</c>, ...</summary>
internal sealed class Test(string name, Expression value, ArgumentList arguments, bool isNegated) : Expression
{
    protected override object? Evaluate(Scope scope)
    {
        var test = Tests.Find(name);
        object? input;
        try
        {
            input = value.Value(scope);
        }
        catch (UndefinedException exception) when (scope.Runtime.IsStrict && name is "defined" or "undefined")
        {
            input = scope.Runtime.Missing(exception.Name);
        }

        return test(input, arguments.Evaluate(name, scope), scope.Runtime) != isNegated;
    }
}

/// <summary>The text that a filter block or a block assignment captured.</summary>
internal sealed class Captured : Expression
{
    /// <summary>Not a name that templates can write.</summary>
    public const string Variable = " captured";

    protected override object? Evaluate(Scope scope) => scope.TryGet(Variable, out var value) ? value : "";
}
