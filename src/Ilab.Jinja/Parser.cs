namespace Ilab.Jinja;

/// <summary>Tokens to statements.</summary>
internal sealed partial class Parser(List<Token> tokens)
{
    private const int Deepest = 100;

    private int _position;
    private int _depth;

    private Token Current => tokens[_position];

    public List<Statement> Parse()
    {
        var statements = Block();
        return Current.Kind == TokenKind.End ? statements : throw Unexpected();
    }

    /// <summary>Statements up to one that ends a block, such as <c>endif</c>, which is left standing.</summary>
    private List<Statement> Block()
    {
        if (++_depth > Deepest)
        {
            throw new TemplateException("blocks are nested too deeply");
        }

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
                    statements.Add(new OutputStatement(Expression()));
                    Close(TokenKind.CloseExpression);
                    break;
                case TokenKind.OpenStatement when tokens[_position + 1].Value is "if" or "for" or "set" or "raw":
                    Take();
                    statements.Add(Statement());
                    break;
                default:
                    _depth--;
                    return statements;
            }
        }
    }

    private Statement Statement()
    {
        var word = Take();
        switch (word.Value)
        {
            case "if":
                return If();
            case "for":
                return For();
            case "set":
                var name = Identifier();
                Expect("=");
                var value = Expression();
                Close(TokenKind.CloseStatement);
                return new SetStatement(name, value);
            default:
                throw new TemplateException($"line {word.Line}: {word.Value} is not supported");
        }
    }

    private IfStatement If()
    {
        var branches = new List<(Expression?, IReadOnlyList<Statement>)>();
        var condition = Expression();
        Close(TokenKind.CloseStatement);
        while (true)
        {
            branches.Add((condition, Block()));
            switch (EndWord("elif", "else", "endif"))
            {
                case "elif":
                    condition = Expression();
                    Close(TokenKind.CloseStatement);
                    continue;
                case "else":
                    Close(TokenKind.CloseStatement);
                    branches.Add((null, Block()));
                    EndWord("endif");
                    break;
            }

            Close(TokenKind.CloseStatement);
            return new IfStatement(branches);
        }
    }

    private ForStatement For()
    {
        var names = new List<string> { Identifier() };
        while (Current.Is(","))
        {
            Take();
            names.Add(Identifier());
        }

        Expect("in");
        var list = Expression();
        Close(TokenKind.CloseStatement);
        var body = Block();
        List<Statement> otherwise = [];
        if (EndWord("else", "endfor") == "else")
        {
            Close(TokenKind.CloseStatement);
            otherwise = Block();
            EndWord("endfor");
        }

        Close(TokenKind.CloseStatement);
        return new ForStatement(names, list, body, otherwise);
    }

    private string EndWord(params string[] expected)
    {
        if (Current.Kind != TokenKind.OpenStatement || !expected.Contains(tokens[_position + 1].Value))
        {
            throw Current.Kind == TokenKind.End ? new TemplateException($"{expected[^1]} is missing") : Unexpected();
        }

        Take();
        return Take().Value;
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

    private void Close(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            throw Unexpected();
        }

        Take();
    }

    private Token Take() => tokens[_position++];

    private TemplateException Unexpected()
    {
        var token = Current.Kind == TokenKind.OpenStatement ? tokens[_position + 1] : Current;
        return new TemplateException($"line {token.Line}: {token} is not expected here");
    }
}
