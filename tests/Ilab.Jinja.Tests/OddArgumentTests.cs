namespace Ilab.Jinja.Tests;

/// <summary>Whatever a template gives to filters, tests and methods, it renders or is refused with a message.</summary>
public sealed class OddArgumentTests
{
    private static readonly string[] Operands =
    [
        "none",
        "true",
        "0",
        "-3",
        "9223372036854775807",
        "2.5",
        "1e308",
        "''",
        "'a🙂 b'",
        "'%'",
        "'{0'",
        "[]",
        "[1, 'a', none]",
        "(1, 2)",
        "{}",
        "{'a': [1]}",
        "missing",
        "range(3)",
        "[1]|map('string')",
        "namespace(a=1)",
        "raise_exception",
        "{1: 2}.items()",
        "'%s %(a)s'",
        "'{} {a[0]!r:>3}'",
    ];

    private static readonly string[] Filters =
    [
        "default",
        "string",
        "safe",
        "pprint",
        "int",
        "float",
        "abs",
        "round",
        "length",
        "attr",
        "tojson",
        "upper",
        "title",
        "capitalize",
        "trim",
        "replace",
        "indent",
        "format",
        "center",
        "truncate",
        "wordcount",
        "escape",
        "urlencode",
        "list",
        "first",
        "last",
        "join",
        "items",
        "reverse",
        "sum",
        "batch",
        "slice",
        "sort",
        "dictsort",
        "unique",
        "min",
        "max",
        "groupby",
        "map",
        "select",
        "reject",
        "selectattr",
        "rejectattr",
        "nothing",
    ];

    private static readonly string[] Tests =
    [
        "defined",
        "none",
        "odd",
        "divisibleby",
        "sameas",
        "in",
        "lower",
        "upper",
        "sequence",
        "eq",
        "lt",
        "ge",
        "filter",
        "test",
        "callable",
        "nothing",
    ];

    private static readonly string[] Methods =
    [
        "upper",
        "title",
        "capitalize",
        "strip",
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "startswith",
        "endswith",
        "removeprefix",
        "replace",
        "join",
        "format",
        "find",
        "rfind",
        "index",
        "count",
        "center",
        "ljust",
        "zfill",
        "isdigit",
        "get",
        "items",
        "keys",
        "copy",
        "append",
        "pop",
        "cycle",
    ];

    private static readonly string[] Symbols = ["+", "-", "*", "/", "//", "%", "**", "~", "<", "==", "in", "and"];

    [Fact]
    public void FiltersEndWell() => EndWell(Filters, static (value, name, arguments) => $"{{{{ {value}|{name}({arguments}) }}}}");

    [Fact]
    public void TestsEndWell() => EndWell(Tests, static (value, name, arguments) => $"{{{{ ({value}) is {name}({arguments}) }}}}");

    [Fact]
    public void MethodsEndWell() => EndWell(Methods, static (value, name, arguments) => $"{{{{ ({value}).{name}({arguments}) }}}}");

    [Fact]
    public void FunctionsEndWell() =>
        EndWell(
            ["range", "dict", "namespace", "cycler", "joiner", "strftime_now"],
            static (value, name, arguments) => $"{{{{ {name}({value}{(arguments.Length > 0 ? ", " : "")}{arguments}) }}}}"
        );

    [Fact]
    public void OperatorsEndWell() => EndWell(Symbols, static (value, symbol, other) => $"{{{{ ({value}) {symbol} ({other}) }}}}");

    [Fact]
    public void ItemsAndSlicesEndWell() =>
        EndWell(
            ["[", "[:", "[::", "[-1:"],
            static (value, open, index) => $"{{{{ ({value}){open}{(index.Contains(',', StringComparison.Ordinal) ? "1" : index)}] }}}}"
        );

    private static void EndWell(IEnumerable<string> names, Func<string, string, string, string> template)
    {
        var options = TemplateOptions.Chat with
        {
            Limits = new TemplateLimits
            {
                MemoryBytes = 1 << 20,
                Steps = 100_000,
                OutputCharacters = 1 << 20,
            },
        };
        var wrong = new List<string>();
        string[] arguments = ["", .. Operands, .. Operands.SelectMany(static one => Operands.Where((_, i) => i % 4 == 1).Select(two => $"{one}, {two}"))];
        foreach (var text in names.SelectMany(name => Operands.SelectMany(value => arguments.Select(given => template(value, name, given)))))
        {
            try
            {
                Template.Parse(text, options).Render(new Dictionary<string, object?>());
            }
            catch (Exception exception) when (exception is not TemplateException)
            {
                wrong.Add(
                    $"{text}: {exception.GetType().Name} {exception.StackTrace?.Split('\n').FirstOrDefault(static line => line.Contains("Ilab"))?.Trim()}"
                );
            }
            catch (TemplateException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
        }

        Assert.True(
            wrong.Count == 0,
            $"{wrong.Count}\n{string.Join('\n', wrong.DistinctBy(static text => text[text.IndexOf("}}:", StringComparison.Ordinal)..]).Take(25))}"
        );
    }
}
