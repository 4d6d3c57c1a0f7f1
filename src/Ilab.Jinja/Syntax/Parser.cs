using Ilab.Jinja.Nodes;

namespace Ilab.Jinja.Syntax;

/// <summary>Tokens to statements.</summary>
internal sealed partial class Parser(List<Token> tokens, TemplateLimits limits)
{
    private int _position;
    private int _depth;

    /// <summary>Those of <see cref="MacroDefinition.SpecialNames"/> that were read, in order.</summary>
    private readonly List<string> _specialNames = [];

    private Token Current => tokens[_position];

    private Token Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public List<Statement> Parse()
    {
        var statements = Block();
        return Current.Kind == TokenKind.End ? statements : throw Unexpected();
    }

    /// <summary>Statements up to a tag that none begins with, such as <c>endif</c>, which is left standing.</summary>
    private List<Statement> Block()
    {
        Enter();
        var statements = new List<Statement>();
        while (true)
        {
            switch (Current.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new TextStatement(Take().Value));
                    break;
                case TokenKind.OpenExpression:
                    Take();
                    statements.Add(new OutputStatement(Tuple()));
                    Close(TokenKind.CloseExpression);
                    break;
                case TokenKind.OpenStatement when TryStatement() is { } statement:
                    statements.Add(statement);
                    break;
                default:
                    _depth--;
                    return statements;
            }
        }
    }

    private Statement? TryStatement()
    {
        Func<Statement>? read = Following.Value switch
        {
            "if" => If,
            "for" => For,
            "set" => Set,
            "macro" => Macro,
            "call" => CallBlock,
            "filter" => FilterBlock,
            "with" => With,
            "generation" => Generation,
            "break" => () => Jump(Flow.Break),
            "continue" => () => Jump(Flow.Continue),
            _ => null,
        };
        if (read is null || Following.Kind != TokenKind.Name)
        {
            return null;
        }

        Take();
        Take();
        return read();
    }

    private JumpStatement Jump(Flow flow)
    {
        Close(TokenKind.CloseStatement);
        return new JumpStatement(flow);
    }

    private IfStatement If()
    {
        var branches = new List<(Expression?, IReadOnlyList<Statement>)>();
        var condition = Tuple(hasConditions: false);
        while (true)
        {
            branches.Add((condition, Body()));
            switch (EndWord("elif", "else", "endif"))
            {
                case "elif":
                    condition = Tuple(hasConditions: false);
                    continue;
                case "else":
                    branches.Add((null, Body()));
                    EndWord("endif");
                    break;
            }

            Close(TokenKind.CloseStatement);
            return new IfStatement(branches);
        }
    }

    private ForStatement For()
    {
        var target = Target();
        Expect("in");
        var list = Tuple(hasConditions: false);
        Expression? filter = null;
        if (Current.Is("if"))
        {
            Take();
            filter = Expression();
        }

        if (Current.Is("recursive"))
        {
            throw new TemplateException($"line {Current.Line}: recursive loops are not supported");
        }

        var body = Body();
        List<Statement> otherwise = [];
        if (EndWord("else", "endfor") == "else")
        {
            otherwise = Body();
            EndWord("endfor");
        }

        Close(TokenKind.CloseStatement);
        return new ForStatement(target, list, filter, body, otherwise);
    }

    /// <summary>The end of the tag, and what follows it up to the next tag that ends something.</summary>
    private List<Statement> Body()
    {
        Close(TokenKind.CloseStatement);
        return Block();
    }

    /// <summary>A body and its end tag.</summary>
    private List<Statement> Body(string end)
    {
        var body = Body();
        EndWord(end);
        Close(TokenKind.CloseStatement);
        return body;
    }

    private string EndWord(params string[] expected)
    {
        if (Current.Kind != TokenKind.OpenStatement || !expected.Contains(Following.Value))
        {
            throw Current.Kind == TokenKind.End ? new TemplateException($"{expected[^1]} is missing") : Unexpected();
        }

        Take();
        return Take().Value;
    }

    private void Enter()
    {
        if (++_depth > limits.Depth)
        {
            throw new TemplateLimitException(nameof(TemplateLimits.Depth), limits.Depth);
        }
    }

    private string Identifier() => Current.Kind == TokenKind.Name ? Take().Value : throw Unexpected();

    private void Expect(string value)
    {
        if (!Current.Is(value))
        {
            throw Unexpected();
        }

        Take();
    }

    private bool TakeIf(string value)
    {
        var isIt = Current.Is(value);
        _position += isIt ? 1 : 0;
        return isIt;
    }

    private void Close(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            throw Unexpected();
        }

        Take();
    }

    private Token Take() => Current.Kind == TokenKind.End ? throw Unexpected() : tokens[_position++];

    private TemplateException Unexpected()
    {
        var token = Current.Kind == TokenKind.OpenStatement ? Following : Current;
        return new TemplateException($"line {token.Line}: {token} is not expected here");
    }
}
