using Ilab.Jinja.Nodes;

namespace Ilab.Jinja.Syntax;

internal sealed partial class Parser
{
    private Statement Set()
    {
        var target = Target(canBeAttribute: true);
        if (TakeIf("="))
        {
            var value = Tuple();
            Close(TokenKind.CloseStatement);
            return new SetStatement(target, value);
        }

        var filters = Current.Is("|") ? Filters(new Captured()) : null;
        return new SetBlockStatement(target, Body("endset"), filters);
    }

    private MacroStatement Macro()
    {
        var name = Identifier();
        return new MacroStatement(Definition(name, Parameters(), "endmacro"));
    }

    private CallBlockStatement CallBlock()
    {
        var parameters = Current.Is("(") ? Parameters() : [];
        var call = Unary() as Call ?? throw Unexpected();
        return new CallBlockStatement(call, Definition("caller", parameters, "endcall"));
    }

    private MacroDefinition Definition(string name, List<Parameter> parameters, string end)
    {
        var before = _specialNames.Count;
        var body = Body(end);
        return new MacroDefinition(name, parameters, body, _specialNames[before..].ToHashSet());
    }

    private FilterBlockStatement FilterBlock()
    {
        var filter = Filter(new Captured());
        return new FilterBlockStatement(Current.Is("|") ? Filters(filter) : filter, Body("endfilter"));
    }

    private WithStatement With()
    {
        var values = new List<(Target, Expression)>();
        while (Current.Kind != TokenKind.CloseStatement)
        {
            if (values.Count > 0)
            {
                Expect(",");
            }

            var target = Target(isSingle: true);
            Expect("=");
            values.Add((target, Expression()));
        }

        return new WithStatement(values, Body("endwith"));
    }

    private WithStatement Generation() => new([], Body("endgeneration"));

    private List<Parameter> Parameters()
    {
        Expect("(");
        var parameters = new List<Parameter>();
        while (!TakeIf(")"))
        {
            var name = Identifier();
            parameters.Add(new Parameter(name, TakeIf("=") ? Expression() : null));
            if (!Current.Is(")"))
            {
                Expect(",");
            }
        }

        return parameters;
    }

    /// <summary>A name, several names, or an attribute of a namespace.</summary>
    private Target Target(bool canBeAttribute = false, bool isSingle = false)
    {
        if (canBeAttribute && Following.Is("."))
        {
            var name = Identifier();
            Take();
            return new Target(name, Identifier(), null);
        }

        var targets = new List<Target> { OneTarget() };
        var isTuple = false;
        while (!isSingle && TakeIf(","))
        {
            isTuple = true;
            if (Current.Kind != TokenKind.Name && !Current.Is("("))
            {
                break;
            }

            targets.Add(OneTarget());
        }

        return isTuple ? new Target(null, null, targets) : targets[0];
    }

    private Target OneTarget()
    {
        if (!TakeIf("("))
        {
            return new Target(Identifier(), null, null);
        }

        Enter();
        var inner = Target();
        Expect(")");
        _depth--;
        return inner;
    }
}
