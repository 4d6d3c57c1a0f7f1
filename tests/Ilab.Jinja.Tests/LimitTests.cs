namespace Ilab.Jinja.Tests;

/// <summary>Templates of hostile files end, with the limit named.</summary>
public sealed class LimitTests
{
    private static readonly TemplateOptions Options = TemplateOptions.Chat;

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}", "Steps")]
    [InlineData("{% for a in range(99999) %}{{ l|sort|length }}{% endfor %}", "Steps")]
    [InlineData("{% for a in range(99999) %}{% if 5 in l %}{% endif %}{% endfor %}", "Steps")]
    [InlineData("{% for a in range(99999) %}{{ 'x' * 1000000 }}{% endfor %}", "OutputCharacters")]
    [InlineData("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "Depth")]
    [InlineData("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", "Depth")]
    [InlineData("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}", "Depth")]
    [InlineData("{% set n = namespace(x='x') %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set n = namespace(x='x') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set n = namespace(x='x') %}{% for a in range(99) %}{% set n.x = n.x.replace('x', 'xx') %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|tojson }}", "MemoryBytes|Steps")]
    [InlineData("{% set n = namespace(x=[1]) %}{% for a in range(9999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}", "Depth")]
    [InlineData("{% set n = namespace(x=[1]) %}{% for a in range(9999) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x|tojson }}", "Depth")]
    [InlineData(
        "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(99999) %}{% set n.x = [n.x] %}{% set n.y = [n.y] %}{% endfor %}{{ n.x == n.y }}",
        "Depth"
    )]
    [InlineData("{% set n = namespace(x=(1,), y=(1,)) %}{% for a in range(99999) %}{% set n.x = (n.x,) %}{% endfor %}{{ {n.x: 1} }}", "Depth")]
    [InlineData(
        "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(99999) %}{% set n.x = [n.x] %}{% set n.y = [n.y] %}{% endfor %}{{ n.x < n.y }}",
        "Depth"
    )]
    [InlineData("{{ 'x' * 99999999999 }}", "MemoryBytes")]
    [InlineData("{{ 99999999999 * [1] }}", "MemoryBytes")]
    [InlineData("{{ 'x'.center(999999999999) }}", "MemoryBytes")]
    [InlineData("{{ 'x'.ljust(4611686018427387904) }}", "MemoryBytes")]
    [InlineData("{{ 'a🙂 b'.center(9223372036854775807) }}", "MemoryBytes")]
    [InlineData("{{ 'x'.zfill(4611686018427387904) }}", "MemoryBytes")]
    [InlineData("{% for a in range(99999) %}{{ ('%9999d' % 1)|length }}{{ '{:9999}'.format(1)|length }}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set s = 'x' * 1000000 %}{% for a in range(99999) %}{% set t = s|list %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set s = 'x' * 1000000 %}{% for a in range(99999) %}{% set t = s|join(s) %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set s = 'x' * 1000000 %}{% for a in range(99999) %}{% set t = s.split('x') %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set s = 'x\n' * 1000000 %}{% for a in range(99999) %}{% set t = s|indent(9999) %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% set s = 'x' * 1000000 %}{% for a in range(99999) %}{% if s == 'y' ~ s %}{% endif %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% for a in range(99999) %}{% set t = range(99999) %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% for a in range(99999) %}{% set t = l|batch(1)|list %}{% endfor %}", "MemoryBytes|Steps")]
    [InlineData("{% for a in range(99999) %}{% set t = [1]|batch(999999, 'x')|list %}{% endfor %}", "MemoryBytes")]
    [InlineData("{% for a in range(99999) %}{% set t = l|tojson(indent=1000) %}{% endfor %}", "MemoryBytes|Steps")]
    [InlineData("{% for a in range(99999) %}{% set t = dict(d, x=1) %}{% endfor %}", "MemoryBytes")]
    [InlineData(
        "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
        "Steps"
    )]
    [InlineData("{% set n = namespace(x=(1,)) %}{% for a in range(99) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}", "Steps")]
    [InlineData("{% set s = 'x' * 1000000 %}{% for a in range(99999) %}{{ s|length }}{{ 'y' in s }}{{ s.find('y') }}{{ s[5] }}{% endfor %}", "Steps")]
    [InlineData("{% set s = '🙂' * 1000000 %}{% for a in range(99999) %}{{ s[-1] }}{% endfor %}", "Steps")]
    [InlineData("{% set s = 'x' * 1000000 %}{% set t = s ~ 'y' %}{% set s = s ~ 'z' %}{% for a in range(99999) %}{{ s == t }}{{ s < t }}{% endfor %}", "Steps")]
    public void ATemplateIsEnded(string template, string limits)
    {
        var list = Enumerable.Range(0, 10_000).Select(static object? (number) => (long)(number * 7919 % 10_007) + 10).ToList();
        var mapping = new OrderedDictionary<string, object?>(list.Select(static item => KeyValuePair.Create($"k{item}", item)));
        var exception = Assert.Throws<TemplateLimitException>(() =>
            Template.Parse(template, Options).Render(new Dictionary<string, object?> { ["l"] = list, ["d"] = mapping })
        );
        Assert.Contains(exception.Limit, limits.Split('|'));
        Assert.Contains(exception.Limit, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHugeRangeIsRefused() =>
        Assert.Contains("Range too big", Assert.Throws<TemplateException>(() => Render("{{ range(9223372036854775807) }}")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("{1:", "}")]
    [InlineData("1 if ", "")]
    [InlineData("f(", ")")]
    public void DeeplyNestedExpressionsAreRefused(string open, string close) => Refused($"{{{{ {Repeat(open)}1{Repeat(close)} }}}}");

    [Fact]
    public void DeeplyNestedBlocksAreRefused() => Refused(Repeat("{% if 1 %}"));

    [Theory]
    [InlineData(" + 1")]
    [InlineData(" * 1")]
    [InlineData("|int")]
    [InlineData(".a")]
    [InlineData("[0]")]
    [InlineData("()")]
    [InlineData(" and 1")]
    [InlineData(" is odd")]
    public void LongChainsEnd(string link) => Refused($"{{{{ 1{Repeat(link)} }}}}");

    [Fact]
    public void DeepInputIsRefused()
    {
        object? value = 1L;
        for (var i = 0; i < 100_000; i++)
        {
            value = new List<object?> { value };
        }

        Assert.Throws<TemplateLimitException>(() => Template.Parse("", Options).Render(new Dictionary<string, object?> { ["deep"] = value }));
    }

    [Fact]
    public void LimitsCanBeSet()
    {
        var options = Options with { Limits = new TemplateLimits { OutputCharacters = 3 } };
        Assert.Equal("abc", Template.Parse("abc", options).Render(new Dictionary<string, object?>()));
        Assert.Throws<TemplateLimitException>(() => Template.Parse("abcd", options).Render(new Dictionary<string, object?>()));
    }

    private static string Repeat(string text) => string.Concat(Enumerable.Repeat(text, 100_000));

    private static void Refused(string template) => Assert.ThrowsAny<TemplateException>(() => Render(template));

    private static string Render(string template) => Template.Parse(template, Options).Render(new Dictionary<string, object?>());
}
