namespace Ilab.Jinja.Syntax;

internal enum TokenKind
{
    Text,
    OpenExpression,
    CloseExpression,
    OpenStatement,
    CloseStatement,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <param name="Value">The text, the name, the operator, or the literal without its quotes.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Line)
{
    public bool Is(string value) => Kind is TokenKind.Operator or TokenKind.Name && Value == value;

    public override string ToString() =>
        Kind switch
        {
            TokenKind.End => "the end",
            TokenKind.String => $"\"{Value}\"",
            _ => Value,
        };
}
