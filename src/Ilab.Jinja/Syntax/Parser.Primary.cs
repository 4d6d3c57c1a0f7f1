using System.Globalization;
using Ilab.Jinja.Nodes;

namespace Ilab.Jinja.Syntax;

internal sealed partial class Parser
{
    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (TakeIf("."))
            {
                var name = Current.Kind is TokenKind.Name or TokenKind.Integer ? Take() : throw Unexpected();
                value =
                    name.Kind == TokenKind.Name
                        ? new Member(value, new Literal(name.Value), isAttribute: true)
                        : new Member(value, new Literal(Whole(name)), isAttribute: false);
            }
            else if (TakeIf("["))
            {
                value = Subscript(value);
                Expect("]");
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

    private Expression Subscript(Expression target)
    {
        var from = Current.Is(":") ? null : Tuple();
        if (!TakeIf(":"))
        {
            return new Member(target, from!, isAttribute: false);
        }

        var to = Current.Is("]") || Current.Is(":") ? null : Expression();
        var step = TakeIf(":") && !Current.Is("]") ? Expression() : null;
        return new Slice(target, from, to, step);
    }

    private ArgumentList CallArguments()
    {
        Expect("(");
        var arguments = new List<(ArgumentKind, string?, Expression)>();
        while (!TakeIf(")"))
        {
            if (TakeIf("**"))
            {
                arguments.Add((ArgumentKind.Mapping, null, Expression()));
            }
            else if (TakeIf("*"))
            {
                arguments.Add((ArgumentKind.Sequence, null, Expression()));
            }
            else if (Current.Kind == TokenKind.Name && Following.Is("="))
            {
                var name = Take().Value;
                Take();
                arguments.Add((ArgumentKind.Named, name, Expression()));
            }
            else
            {
                arguments.Add((ArgumentKind.Positional, null, Expression()));
            }

            if (!Current.Is(")"))
            {
                Expect(",");
            }
        }

        return new ArgumentList(arguments);
    }

    private Expression Primary()
    {
        var token = Take();
        switch (token.Kind)
        {
            case TokenKind.String:
                var text = token.Value;
                while (Current.Kind == TokenKind.String)
                {
                    text += Take().Value;
                }

                return new Literal(text);
            case TokenKind.Integer:
                return new Literal(Whole(token));
            case TokenKind.Float:
                return new Literal(double.Parse(token.Value, CultureInfo.InvariantCulture));
            case TokenKind.Name:
                if (MacroDefinition.SpecialNames.Contains(token.Value))
                {
                    _specialNames.Add(token.Value);
                }

                return token.Value switch
                {
                    "true" or "True" => new Literal(true),
                    "false" or "False" => new Literal(false),
                    "none" or "None" => new Literal(null),
                    _ => new Name(token.Value),
                };
            case TokenKind.Operator when token.Value == "(":
                if (TakeIf(")"))
                {
                    return new ListLiteral([], isTuple: true);
                }

                var inner = Tuple();
                Expect(")");
                return inner;
            case TokenKind.Operator when token.Value == "[":
                return new ListLiteral(Items("]"), isTuple: false);
            case TokenKind.Operator when token.Value == "{":
                return Mapping();
            default:
                _position--;
                throw Unexpected();
        }
    }

    private static long Whole(Token token)
    {
        var text = token.Value;
        var (digits, style) =
            text.Length < 2 ? (text, NumberStyles.None)
            : text[1] is 'x' or 'X' ? (text[2..], NumberStyles.AllowHexSpecifier)
            : text[1] is 'b' or 'B' ? (text[2..], NumberStyles.AllowBinarySpecifier)
            : (text, NumberStyles.None);
        if (text.Length > 2 && text[1] is 'o' or 'O')
        {
            return Convert.ToInt64(text[2..], 8);
        }

        return long.TryParse(digits, style, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : throw new TemplateException($"line {token.Line}: {text} is beyond 64 bits");
    }

    private List<Expression> Items(string end)
    {
        var items = new List<Expression>();
        while (!TakeIf(end))
        {
            items.Add(Expression());
            if (!Current.Is(end))
            {
                Expect(",");
            }
        }

        return items;
    }

    private MappingLiteral Mapping()
    {
        var pairs = new List<(Expression, Expression)>();
        while (!TakeIf("}"))
        {
            var key = Expression();
            Expect(":");
            pairs.Add((key, Expression()));
            if (!Current.Is("}"))
            {
                Expect(",");
            }
        }

        return new MappingLiteral(pairs);
    }
}
