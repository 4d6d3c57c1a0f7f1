using System.Text;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Nodes;

internal sealed record Parameter(string Name, Expression? Default);

/// <summary>A macro, or the body of a call block, with the scope that it was defined in.</summary>
internal sealed class Macro(string name, IReadOnlyList<Parameter> parameters, IReadOnlyList<Statement> body, Scope scope) : Callable(name)
{
    public override string TypeName => "Macro";

    public override object? Invoke(Arguments arguments, Runtime runtime)
    {
        runtime.Enter();
        var inner = scope.Inner();
        inner.Set("varargs", new TupleList(arguments.Positional.Skip(parameters.Count)));
        inner.Set("caller", new Undefined("No caller defined", "caller", runtime.IsStrict));
        var others = new Dict();
        foreach (var (key, value) in arguments.Named.Where(pair => parameters.All(parameter => parameter.Name != pair.Key)))
        {
            if (key == "caller")
            {
                inner.Set("caller", value);
            }
            else
            {
                others.Set(key, value);
            }
        }

        inner.Set("kwargs", others);
        for (var i = 0; i < parameters.Count; i++)
        {
            var parameter = parameters[i];
            inner.Set(
                parameter.Name,
                arguments.TryGet(i, parameter.Name, out var value) ? value
                    : parameter.Default is not null ? parameter.Default.Value(inner)
                    : new Undefined($"parameter '{parameter.Name}' was not provided", parameter.Name, runtime.IsStrict)
            );
        }

        var text = Statement.Capture(body, inner);
        runtime.Leave();
        return text;
    }
}

internal sealed class MacroStatement(string name, IReadOnlyList<Parameter> parameters, IReadOnlyList<Statement> body) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        scope.Set(name, new Macro(name, parameters, body, scope));
        return Flow.Next;
    }
}

internal sealed class CallBlockStatement(Call call, IReadOnlyList<Parameter> parameters, IReadOnlyList<Statement> body) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        Write(Repr.Text(call.Invoke(scope, new Macro("caller", parameters, body, scope)), scope.Runtime), scope, output);
        return Flow.Next;
    }
}
