using System.Text;

namespace Ilab.Jinja;

/// <summary>A part of a template that writes.</summary>
internal abstract class Statement
{
    public abstract void Write(Scope scope, StringBuilder output);

    public static void WriteAll(IReadOnlyList<Statement> statements, Scope scope, StringBuilder output)
    {
        foreach (var statement in statements)
        {
            scope.Budget.Step();
            statement.Write(scope, output);
        }
    }
}

internal sealed class TextStatement(string text) : Statement
{
    public override void Write(Scope scope, StringBuilder output)
    {
        scope.Budget.Write(text.Length);
        output.Append(text);
    }
}

internal sealed class OutputStatement(Expression expression) : Statement
{
    public override void Write(Scope scope, StringBuilder output)
    {
        var text = Values.Text(expression.Value(scope));
        scope.Budget.Write(text.Length);
        output.Append(text);
    }
}

internal sealed class SetStatement(string name, Expression expression) : Statement
{
    public override void Write(Scope scope, StringBuilder output) => scope.Set(name, expression.Value(scope));
}

internal sealed class IfStatement(IReadOnlyList<(Expression? Condition, IReadOnlyList<Statement> Body)> branches) : Statement
{
    public override void Write(Scope scope, StringBuilder output)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition is null || Values.IsTrue(condition.Value(scope)))
            {
                WriteAll(body, scope, output);
                return;
            }
        }
    }
}

internal sealed class ForStatement(IReadOnlyList<string> names, Expression list, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise) : Statement
{
    public override void Write(Scope scope, StringBuilder output)
    {
        var items = list.Value(scope) switch
        {
            List<object?> values => values,
            IDictionary<string, object?> mapping => [.. mapping.Keys],
            string text => [.. text.Select(static object? (c) => c.ToString())],
            _ => throw new TemplateException("only lists, texts and mappings can be gone through"),
        };
        for (var index = 0; index < items.Count; index++)
        {
            var inner = scope.Inner();
            Bind(inner, items[index]);
            inner.Set(
                "loop",
                new OrderedDictionary<string, object?>
                {
                    ["index"] = (long)index + 1,
                    ["index0"] = (long)index,
                    ["first"] = index == 0,
                    ["last"] = index == items.Count - 1,
                    ["length"] = (long)items.Count,
                }
            );
            WriteAll(body, inner, output);
        }

        if (items.Count == 0)
        {
            WriteAll(otherwise, scope, output);
        }
    }

    private void Bind(Scope scope, object? item)
    {
        if (names.Count == 1)
        {
            scope.Set(names[0], item);
            return;
        }

        if (item is not List<object?> parts || parts.Count != names.Count)
        {
            throw new TemplateException($"{names.Count} names for something that has not {names.Count} parts");
        }

        for (var index = 0; index < names.Count; index++)
        {
            scope.Set(names[index], parts[index]);
        }
    }
}
