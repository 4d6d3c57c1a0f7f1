using System.Globalization;

namespace Ilab.Jinja;

internal sealed partial class Parser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">=", "in"];

    private Expression Expression()
    {
        if (++_depth > Deepest)
        {
            throw new TemplateException("an expression is nested too deeply");
        }

        var value = Or();
        if (Current.Is("if"))
        {
            Take();
            var condition = Or();
            Expression? otherwise = null;
            if (Current.Is("else"))
            {
                Take();
                otherwise = Expression();
            }

            value = new Choice(condition, value, otherwise);
        }

        _depth--;
        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (Current.Is("or"))
        {
            Take();
            left = new Logic(false, left, And());
        }

        return left;
    }

    private Expression And()
    {
        var left = Negation();
        while (Current.Is("and"))
        {
            Take();
            left = new Logic(true, left, Negation());
        }

        return left;
    }

    private Expression Negation()
    {
        if (!Current.Is("not"))
        {
            return Comparison();
        }

        Take();
        return new Not(Negation());
    }

    private Expression Comparison()
    {
        var left = Sum();
        while (true)
        {
            if (Current.Kind is TokenKind.Operator or TokenKind.Name && Comparisons.Contains(Current.Value))
            {
                left = new Operation(Take().Value, left, Sum());
            }
            else if (Current.Is("not") && tokens[_position + 1].Is("in"))
            {
                Take();
                Take();
                left = new Operation("not in", left, Sum());
            }
            else if (Current.Is("is"))
            {
                Take();
                var isNegated = Current.Is("not");
                if (isNegated)
                {
                    Take();
                }

                left = new Test(left, Identifier().ToLowerInvariant(), isNegated);
            }
            else
            {
                return left;
            }
        }
    }

    private Expression Sum()
    {
        var left = Product();
        while (Current.Is("+") || Current.Is("-") || Current.Is("~"))
        {
            left = new Operation(Take().Value, left, Product());
        }

        return left;
    }

    private Expression Product()
    {
        var left = Unary();
        while (Current.Is("*") || Current.Is("/") || Current.Is("//") || Current.Is("%") || Current.Is("**"))
        {
            left = new Operation(Take().Value, left, Unary());
        }

        return left;
    }

    private Expression Unary()
    {
        if (!Current.Is("-"))
        {
            return Postfix(Primary());
        }

        Take();
        return new Negative(Unary());
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (Current.Is("."))
            {
                Take();
                var name = Current.Kind is TokenKind.Name or TokenKind.Integer ? Take() : throw Unexpected();
                value = Current.Is("(")
                    ? new Call(name.Value, value, Arguments())
                    : new Member(value, new Literal(name.Kind == TokenKind.Integer ? long.Parse(name.Value, CultureInfo.InvariantCulture) : name.Value));
            }
            else if (Current.Is("["))
            {
                Take();
                value = Subscript(value);
                Expect("]");
            }
            else if (Current.Is("|"))
            {
                Take();
                value = new Call(Identifier(), value, Current.Is("(") ? Arguments() : []);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Subscript(Expression target)
    {
        var from = Current.Is(":") ? null : Expression();
        if (!Current.Is(":"))
        {
            return new Member(target, from!);
        }

        Take();
        return new Slice(target, from, Current.Is("]") ? null : Expression());
    }

    private List<Expression> Arguments()
    {
        Expect("(");
        var arguments = new List<Expression>();
        while (!Current.Is(")"))
        {
            if (Current.Kind == TokenKind.Name && tokens[_position + 1].Is("="))
            {
                Take(); // the names of arguments are of no consequence here: their order is
                Take();
            }

            arguments.Add(Expression());
            if (!Current.Is(")"))
            {
                Expect(",");
            }
        }

        Take();
        return arguments;
    }

    private Expression Primary()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TokenKind.String:
                return new Literal(token.Value);
            case TokenKind.Integer:
                return new Literal(
                    long.TryParse(token.Value, CultureInfo.InvariantCulture, out var whole)
                        ? whole
                        : throw new TemplateException($"line {token.Line}: {token.Value} is too big")
                );
            case TokenKind.Float:
                return new Literal(
                    double.TryParse(token.Value, CultureInfo.InvariantCulture, out var number)
                        ? number
                        : throw new TemplateException($"line {token.Line}: {token.Value} is no number")
                );
            case TokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new Literal(true),
                    "false" or "False" => new Literal(false),
                    "none" or "None" => new Literal(null),
                    _ => Current.Is("(") ? new Call(token.Value, null, Arguments()) : new Name(token.Value),
                };
            case TokenKind.Operator when token.Value == "(":
                var inner = Expression();
                Expect(")");
                return inner;
            case TokenKind.Operator when token.Value == "[":
                return new ListLiteral(Items("]"));
            case TokenKind.Operator when token.Value == "{":
                return Mapping();
            default:
                _position--;
                throw Unexpected();
        }
    }

    private List<Expression> Items(string end)
    {
        var items = new List<Expression>();
        while (!Current.Is(end))
        {
            items.Add(Expression());
            if (!Current.Is(end))
            {
                Expect(",");
            }
        }

        Take();
        return items;
    }

    private MappingLiteral Mapping()
    {
        var pairs = new List<(Expression, Expression)>();
        while (!Current.Is("}"))
        {
            var key = Expression();
            Expect(":");
            pairs.Add((key, Expression()));
            if (!Current.Is("}"))
            {
                Expect(",");
            }
        }

        Take();
        return new MappingLiteral(pairs);
    }
}
