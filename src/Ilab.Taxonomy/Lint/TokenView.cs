using Ilab.Yaml;

namespace Ilab.Taxonomy.Lint;

/// <summary>A token among its neighbours.</summary>
internal readonly record struct TokenView(string Text, IReadOnlyList<YamlToken> Tokens, int Index)
{
    public YamlToken Token => Tokens[Index];

    public YamlTokenKind Kind => Token.Kind;

    public YamlToken? Before => Index > 0 ? Tokens[Index - 1] : null;

    public YamlToken? After => Index + 1 < Tokens.Count ? Tokens[Index + 1] : null;

    public YamlToken? AfterNext => Index + 2 < Tokens.Count ? Tokens[Index + 2] : null;

    /// <summary>A key that is written with its question mark.</summary>
    public bool IsExplicitKey => Kind == YamlTokenKind.Key && Token.Start.Index < Token.End.Index && Text[Token.Start.Index] == '?';
}
