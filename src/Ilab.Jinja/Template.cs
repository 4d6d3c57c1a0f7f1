using System.Text;
using Ilab.Jinja.Builtins;
using Ilab.Jinja.Nodes;
using Ilab.Jinja.Objects;
using Ilab.Jinja.Syntax;

namespace Ilab.Jinja;

/// <summary>
/// A Jinja template as transformers runs it: the language of Jinja 3.1 with loop controls in an immutable sandbox, without inheritance and includes. Rendering
/// is bounded by <see cref="TemplateLimits"/> and reaches nothing but the values it is given.
/// </summary>
public sealed class Template
{
    private readonly IReadOnlyList<Statement> _statements;
    private readonly TemplateOptions _options;

    private Template(IReadOnlyList<Statement> statements, TemplateOptions options) => (_statements, _options) = (statements, options);

    /// <exception cref="TemplateException">Names line and reason.</exception>
    public static Template Parse(string text, TemplateOptions? options = null)
    {
        options ??= new TemplateOptions();
        return new Template(new Parser(new Lexer(text, options).Run(), options.Limits).Parse(), options);
    }

    /// <param name="values">Values as in <see cref="Values"/>.</param>
    /// <exception cref="UndefinedException">A name without a value was used.</exception>
    /// <exception cref="TemplateException">The values do not fit the template, or a limit was exceeded.</exception>
    public string Render(IReadOnlyDictionary<string, object?> values) => Render(values, null);

    /// <param name="mark">A character that escaping functions leave as it is; null = none.</param>
    /// <param name="clock">Replaces the one of the options; null = not.</param>
    internal string Render(IReadOnlyDictionary<string, object?> values, char? mark, TimeProvider? clock = null)
    {
        var runtime = new Runtime(clock is null ? _options : _options with { Clock = clock }, mark);
        var context = new Scope(runtime, null, new Scope(runtime, Globals.All));
        var output = new StringBuilder();
        runtime.Run(() =>
        {
            foreach (var (name, value) in values)
            {
                context.Set(name, Import.From(value, runtime));
            }

            Statement.RunAll(_statements, context.Inner(), output);
        });
        return output.ToString();
    }
}
