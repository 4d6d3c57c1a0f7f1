using System.Text;
using Ilab.Jinja.Objects;

namespace Ilab.Jinja.Nodes;

internal sealed record Parameter(string Name, Expression? Default);

/// <summary>A macro as written, or the body of a call block.</summary>
/// <param name="Used">Which of the names <c>varargs</c>, <c>kwargs</c> and <c>caller</c> the body uses: without them it takes none.</param>
internal sealed record MacroDefinition(string Name, IReadOnlyList<Parameter> Parameters, IReadOnlyList<Statement> Body, IReadOnlyCollection<string> Used)
{
    public static IReadOnlyCollection<string> SpecialNames { get; } = ["varargs", "kwargs", "caller"];
}

/// <summary>A macro, or the body of a call block, with the scope that it was defined in.</summary>
internal sealed class Macro(MacroDefinition definition, Scope scope) : Callable(definition.Name)
{
    public override string TypeName => "Macro";

    public override object? Invoke(Arguments arguments, Runtime runtime)
    {
        var parameters = definition.Parameters;
        Check(arguments);
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

        var text = Statement.Capture(definition.Body, inner);
        runtime.Leave();
        return text;
    }

    private void Check(Arguments arguments)
    {
        var (parameters, used) = (definition.Parameters, definition.Used);
        if (arguments.Positional.Count > parameters.Count && !used.Contains("varargs"))
        {
            throw new TemplateException($"macro '{Name}' takes not more than {parameters.Count} argument(s)");
        }

        foreach (var (key, _) in arguments.Named)
        {
            if (!used.Contains(key == "caller" ? "caller" : "kwargs") && parameters.All(parameter => parameter.Name != key))
            {
                throw new TemplateException($"macro '{Name}' takes no keyword argument '{key}'");
            }
        }
    }
}

internal sealed class MacroStatement(MacroDefinition definition) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        scope.Set(definition.Name, new Macro(definition, scope));
        return Flow.Next;
    }
}

internal sealed class CallBlockStatement(Call call, MacroDefinition body) : Statement
{
    public override Flow Run(Scope scope, StringBuilder output)
    {
        Write(Repr.Text(call.Invoke(scope, new Macro(body, scope)), scope.Runtime), scope, output);
        return Flow.Next;
    }
}
