using System.Text;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Nodes;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>Something that writes, sets or repeats.</summary>
internal abstract class Statement
{
    public abstract Flow Run(Scope scope, StringBuilder output);

    public static Flow RunAll(IReadOnlyList<Statement> statements, Scope scope, StringBuilder output)
    {
        foreach (var statement in statements)
        {
            scope.Runtime.Step();
            var flow = statement.Run(scope, output);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>What statements write, as a text.</summary>
    public static string Capture(IReadOnlyList<Statement> statements, Scope scope)
    {
        var output = new StringBuilder();
        RunAll(statements, scope, output);
        return scope.Runtime.Text(output.ToString());
    }

    protected static void Write(string text, Scope scope, StringBuilder output)
    {
        scope.Runtime.Write(text.Length);
        output.Append(text);
    }
}

internal sealed class TextStatement(string text) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        Write(text, scope, output);
        return Flow.Next;
    }
}

internal sealed class OutputStatement(Expression expression) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        Write(Repr.Text(expression.Value(scope), scope.Runtime), scope, output);
        return Flow.Next;
    }
}

internal sealed class JumpStatement(Flow flow) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output) => flow;
}

internal sealed class IfStatement(IReadOnlyList<(Expression? Condition, IReadOnlyList<Statement> Body)> branches) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition is null || Types.IsTrue(condition.Value(scope)))
            {
                return RunAll(body, scope, output);
            }
        }

        return Flow.Next;
    }
}

internal sealed class SetStatement(Target target, Expression value) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        target.Assign(value.Value(scope), scope);
        return Flow.Next;
    }
}

internal sealed class SetBlockStatement(Target target, IReadOnlyList<Statement> body, Expression? filters) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        var inner = scope.Inner();
        object? text = Capture(body, inner);
        inner.Set(Captured.Variable, text);
        target.Assign(filters is null ? text : filters.Value(inner), scope);
        return Flow.Next;
    }
}

internal sealed class FilterBlockStatement(Expression filter, IReadOnlyList<Statement> body) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        var inner = scope.Inner();
        inner.Set(Captured.Variable, Capture(body, inner));
        Write(Repr.Text(filter.Value(inner), scope.Runtime), scope, output);
        return Flow.Next;
    }
}

/// <summary>A block with names of its own.</summary>
internal sealed class WithStatement(IReadOnlyList<(Target Target, Expression Value)> values, IReadOnlyList<Statement> body) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        var inner = scope.Inner();
        foreach (var (target, value) in values)
        {
            target.Assign(value.Value(scope), inner);
        }

        return RunAll(body, inner, output);
    }
}

/// <summary>What is assigned to: a name, an attribute of a namespace, or several of them.</summary>
internal sealed record Target(string? Name, string? Attribute, IReadOnlyList<Target>? Targets)
{
    public void Assign(object? value, Scope scope)
    {
        if (Targets is not null)
        {
            var items = Types.Items(value, scope.Runtime);
            if (items.Count != Targets.Count)
            {
                throw new TemplateException(
                    items.Count > Targets.Count
                        ? $"too many values to unpack (expected {Targets.Count})"
                        : $"not enough values to unpack (expected {Targets.Count}, got {items.Count})"
                );
            }

            for (var i = 0; i < items.Count; i++)
            {
                Targets[i].Assign(items[i], scope);
            }
        }
        else if (Attribute is null)
        {
            scope.Set(Name!, value);
        }
        else if (scope.TryGet(Name!, out var found) && found is Namespace given)
        {
            given.Attributes[Attribute.StartsWith('_') ? throw new TemplateException($"cannot set attribute {Attribute}") : Attribute] = value;
        }
        else
        {
            throw new TemplateException("cannot assign attribute on non-namespace object");
        }
    }
}
