using System.Text;
using Ilab.Jinja.Builtins;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Nodes;

internal sealed class ForStatement(Target target, Expression list, Expression? filter, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise)
    : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        var items = Types.Items(list.Value(scope), scope.Runtime);
        if (filter is not null)
        {
            items = scope.Runtime.List([.. items.Where(item => IsWanted(item, scope))]);
        }

        if (items.Count == 0)
        {
            return RunAll(otherwise, scope.Inner(), output);
        }

        var loop = new Loop(items);
        for (loop.Index = 0; loop.Index < items.Count; loop.Index++)
        {
            scope.Runtime.Step();
            var inner = scope.Inner();
            inner.Set("loop", loop);
            target.Assign(items[loop.Index], inner);
            if (RunAll(body, inner, output) == Flow.Break)
            {
                break;
            }
        }

        return Flow.Next;
    }

    private bool IsWanted(object? item, Scope scope)
    {
        var inner = scope.Inner();
        target.Assign(item, inner);
        return Types.IsTrue(filter!.Value(inner));
    }
}
