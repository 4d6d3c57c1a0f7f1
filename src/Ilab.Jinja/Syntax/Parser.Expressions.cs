using Ilab.Jinja.Nodes;

namespace Ilab.Jinja.Syntax;

internal sealed partial class Parser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>One expression, or several as a tuple.</summary>
    private Expression Tuple(bool hasConditions = true)
    {
        var first = hasConditions ? Expression() : Or();
        if (!Current.Is(","))
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (TakeIf(","))
        {
            if (Current.Kind is TokenKind.CloseExpression or TokenKind.CloseStatement || Current.Is(")") || Current.Is("]"))
            {
                break;
            }

            items.Add(hasConditions ? Expression() : Or());
        }

        return new ListLiteral(items, isTuple: true);
    }

    private Expression Expression()
    {
        Enter();
        var value = Or();
        while (TakeIf("if"))
        {
            var condition = Or();
            value = new Choice(condition, value, TakeIf("else") ? Expression() : null);
        }

        _depth--;
        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (TakeIf("or"))
        {
            left = new Logic(false, left, And());
        }

        return left;
    }

    private Expression And()
    {
        var left = Negation();
        while (TakeIf("and"))
        {
            left = new Logic(true, left, Negation());
        }

        return left;
    }

    private Expression Negation()
    {
        if (!TakeIf("not"))
        {
            return Comparison();
        }

        Enter();
        var negation = new Not(Negation());
        _depth--;
        return negation;
    }

    private Expression Comparison()
    {
        var first = Sum();
        List<(string, Expression)>? others = null;
        while (ComparisonSymbol() is { } symbol)
        {
            (others ??= []).Add((symbol, Sum()));
        }

        return others is null ? first : new Comparison(first, others);
    }

    private string? ComparisonSymbol()
    {
        if (Current.Is("in") || (Current.Kind == TokenKind.Operator && Comparisons.Contains(Current.Value)))
        {
            return Take().Value;
        }

        if (!Current.Is("not") || !Following.Is("in"))
        {
            return null;
        }

        Take();
        Take();
        return "not in";
    }

    private Expression Sum() => Operators(Concatenation, "+", "-");

    private Expression Concatenation()
    {
        var first = Product();
        if (!Current.Is("~"))
        {
            return first;
        }

        var parts = new List<Expression> { first };
        while (TakeIf("~"))
        {
            parts.Add(Product());
        }

        return new Concatenation(parts);
    }

    private Expression Product() => Operators(Power, "*", "/", "//", "%");

    private Expression Power() => Operators(Unary, "**");

    private Expression Operators(Func<Expression> operand, params ReadOnlySpan<string> symbols)
    {
        var left = operand();
        while (Current.Kind == TokenKind.Operator && symbols.Contains(Current.Value))
        {
            left = new Operation(Take().Value, left, operand());
        }

        return left;
    }

    private Expression Unary() => Filters(Signed());

    private Expression Signed()
    {
        if (!Current.Is("-") && !Current.Is("+"))
        {
            return Postfix(Primary());
        }

        var isNegative = Take().Value == "-";
        Enter();
        var operand = Signed();
        _depth--;
        return isNegative ? new Negative(operand) : operand;
    }

    /// <summary>Filters, tests and calls after an expression.</summary>
    private Expression Filters(Expression value)
    {
        while (true)
        {
            if (TakeIf("|"))
            {
                value = Filter(value);
            }
            else if (TakeIf("is"))
            {
                value = Test(value);
            }
            else if (Current.Is("("))
            {
                value = new Call(value, CallArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Filter Filter(Expression value) => new(DottedName(), value, Current.Is("(") ? CallArguments() : ArgumentList.None);

    private Test Test(Expression value)
    {
        var isNegated = TakeIf("not");
        var name = DottedName();
        var arguments = ArgumentList.None;
        if (Current.Is("("))
        {
            arguments = CallArguments();
        }
        else if (
            Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
            || Current.Is("[")
            || Current.Is("{")
            || (Current.Kind == TokenKind.Name && Current.Value is not ("else" or "or" or "and" or "if" or "is" or "not" or "in"))
        )
        {
            arguments = new ArgumentList([(ArgumentKind.Positional, null, Postfix(Primary()))]);
        }

        return new Test(name, value, arguments, isNegated);
    }

    private string DottedName()
    {
        var name = Identifier();
        while (TakeIf("."))
        {
            name += "." + Identifier();
        }

        return name;
    }
}
