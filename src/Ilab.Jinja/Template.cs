using System.Text;

namespace Ilab.Jinja;

/// <summary>
/// The part of Jinja that prompts use: expressions with filters and tests, <c>if</c>, <c>for</c>, <c>set</c>, comments, trimming. A name without a value is an
/// error. Rendering is bounded in work and length, and reaches nothing but the values it is given.
/// </summary>
public sealed class Template
{
    private readonly List<Statement> _statements;

    private Template(List<Statement> statements) => _statements = statements;

    /// <exception cref="TemplateException">Says line and reason.</exception>
    public static Template Parse(string text) => new(new Parser(Lexer.Run(text)).Parse());

    /// <exception cref="UndefinedException">A name has no value.</exception>
    /// <exception cref="TemplateException">Something cannot be done with the values.</exception>
    public string Render(IReadOnlyDictionary<string, object?> values)
    {
        var output = new StringBuilder();
        Statement.WriteAll(_statements, new Scope(values), output);
        return output.ToString();
    }
}
