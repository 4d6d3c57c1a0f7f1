using System.Collections;
using System.Globalization;
using System.Text;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Output;

/// <summary>
/// The subset of Go templates that podman users need: fields and nested fields, <c>json</c>, <c>upper</c>, <c>lower</c>, <c>len</c>, <c>join LIST SEP</c> and
/// <c>range ... end</c>, with the escapes <c>\t</c> and <c>\n</c>.
/// </summary>
internal sealed class Template
{
    private readonly string _text;

    public Template(string text) => _text = text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);

    /// <exception cref="IlabException">INVALID_ARGUMENT: an unknown field or a malformed template.</exception>
    public string Apply(object? value)
    {
        var output = new StringBuilder();
        var at = 0;
        Run(ref at, value, output, emit: true, inner: false);
        return output.ToString();
    }

    private void Run(ref int at, object? value, StringBuilder output, bool emit, bool inner)
    {
        while (at < _text.Length)
        {
            var open = _text.IndexOf("{{", at, StringComparison.Ordinal);
            if (open < 0)
            {
                Emit(output, _text[at..], emit);
                at = _text.Length;
                break;
            }

            Emit(output, _text[at..open], emit);
            var close = _text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                throw Invalid("unclosed {{");
            }

            var words = Words(_text[(open + 2)..close]);
            at = close + 2;
            if (words is ["end"])
            {
                if (!inner)
                {
                    throw Invalid("{{end}} without {{range}}");
                }

                return;
            }

            if (words is ["range", .. var what])
            {
                Range(ref at, emit ? Evaluate(what, value) : null, output, emit);
                continue;
            }

            if (emit)
            {
                output.Append(Text(Evaluate(words, value)));
            }
        }

        if (inner)
        {
            throw Invalid("{{range}} without {{end}}");
        }
    }

    private void Range(ref int at, object? list, StringBuilder output, bool emit)
    {
        var start = at;
        var any = false;
        if (emit && list is IEnumerable entries and not string)
        {
            foreach (var entry in entries)
            {
                any = true;
                at = start;
                Run(ref at, entry, output, emit: true, inner: true);
            }
        }

        if (!any)
        {
            Run(ref at, null, output, emit: false, inner: true);
        }
    }

    private object? Evaluate(IReadOnlyList<string> words, object? value) =>
        words switch
        {
            ["json", var field] => JsonText.Of(Field(field, value), indented: false),
            ["upper", var field] => Text(Field(field, value)).ToUpperInvariant(),
            ["lower", var field] => Text(Field(field, value)).ToLowerInvariant(),
            ["len", var field] => Field(field, value) switch
            {
                string text => text.Length,
                ICollection list => list.Count,
                IEnumerable list => list.Cast<object?>().Count(),
                _ => 0,
            },
            ["join", var field, var separator] => string.Join(separator.Trim('"'), (Field(field, value) as IEnumerable)?.Cast<object?>().Select(Text) ?? []),
            [var field] => Field(field, value),
            _ => throw Invalid($"unknown function in {{{{{string.Join(' ', words)}}}}}"),
        };

    private object? Field(string path, object? value)
    {
        if (!path.StartsWith('.'))
        {
            throw Invalid($"{path} is not a field; fields begin with a dot");
        }

        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (value is not Data data || !data.TryGet(name, out value))
            {
                throw Invalid(
                    $"unknown field {path}{(value is Data known ? $"; fields: {string.Join(", ", known.Fields.Select(static field => field.Name))}" : "")}"
                );
            }
        }

        return value;
    }

    private static string Text(object? value) =>
        value switch
        {
            null => "",
            bool flag => flag ? "true" : "false",
            DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
            string text => text,
            Data or IEnumerable => JsonText.Of(value, indented: false),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    private static void Emit(StringBuilder output, string text, bool emit)
    {
        if (emit)
        {
            output.Append(text);
        }
    }

    private static string[] Words(string text) => text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IlabException Invalid(string problem) => new(ErrorKind.InvalidArgument, $"--format: {problem}");
}
