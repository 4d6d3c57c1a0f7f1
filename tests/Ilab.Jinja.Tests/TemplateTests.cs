namespace Ilab.Jinja.Tests;

/// <summary>Templates as people who know Jinja expect them.</summary>
public sealed class TemplateTests
{
    private static readonly Dictionary<string, object?> Columns = new()
    {
        ["name"] = "Ada",
        ["empty"] = "",
        ["nothing"] = null,
        ["number"] = 3L,
        ["half"] = 0.5,
        ["list"] = new List<object?> { "a", "b" },
        ["pairs"] = new List<object?>
        {
            new OrderedDictionary<string, object?> { ["q"] = "Q1", ["a"] = "A1" },
            new OrderedDictionary<string, object?> { ["q"] = "Q2", ["a"] = "A2" },
        },
    };

    [Theory]
    [InlineData("Hi {{name}}!", "Hi Ada!")]
    [InlineData("{{ name | upper }} {{name|length}} {{ 'x y' | title }}", "ADA 3 X Y")]
    [InlineData("{% if empty %}yes{% elif number == 3 %}three{% else %}no{% endif %}", "three")]
    [InlineData("{% for p in pairs %}{{loop.index}}. {{p.q}}/{{ p['a'] }}{% if not loop.last %}; {% endif %}{% endfor %}", "1. Q1/A1; 2. Q2/A2")]
    [InlineData("{% for x in [] %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% set n = number + 1 %}{{ n * 2 }} {{ 7 // 2 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ 2 ** 3 }}", "8 3 3.5 2 8")]
    [InlineData("{{ list | join(', ') }} {{ ', '.join(list) }} {{ list[0] }}{{ list[-1] }} {{ name[1:] }}", "a, b a, b ab da")]
    [InlineData("{{ missing | default('d') }} {{ missing is defined }} {{ name is defined and 'a' in list }}", "d False True")]
    [InlineData("a {#- a comment -#} b", "ab")]
    [InlineData("x\n  {%- if true %} y {%- endif %}\n", "x y")]
    [InlineData("{{ nothing }} {{ true }} {{ half }} {{ list }}", "None True 0.5 ['a', 'b']")]
    [InlineData("{{ 'yes' if number > 2 and name != 'Bob' else 'no' }}", "yes")]
    [InlineData("{{ name.replace('A', 'I').lower() ~ number }}{{ {'k': 1}['k'] }}", "ida31")]
    [InlineData("{{ '{{' }} { % }", "{{ { % }")]
    [InlineData("{% for i in range(3) %}{{i}}{% endfor %}", "012")]
    public void ATemplateSaysWhatJinjaSays(string template, string expected) => Assert.Equal(expected, Template.Parse(template).Render(Columns));

    [Theory]
    [InlineData("{{ missing }}", "missing")]
    [InlineData("{{ pairs[0].nope }}", "nope")]
    [InlineData("{{ missing.part }}", "missing")]
    public void ANameWithoutAValueIsNamed(string template, string name) =>
        Assert.Equal(name, Assert.Throws<UndefinedException>(() => Template.Parse(template).Render(Columns)).Name);

    [Theory]
    [InlineData("a\n{{ name", "line 2")]
    [InlineData("{% if name %}", "endif is missing")]
    [InlineData("{% endif %}", "line 1: endif is not expected here")]
    [InlineData("{{ name | }}", "not expected")]
    [InlineData("{% include 'x' %}", "not expected")]
    public void WhatIsNoTemplateSaysWhere(string template, string expected) =>
        Assert.Contains(expected, Assert.Throws<TemplateException>(() => Template.Parse(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}")]
    [InlineData("{% for a in range(99999) %}{{ 'x' * 1000000 }}{% endfor %}")]
    public void ATemplateThatNeverEndsIsEnded(string template) => Assert.Throws<TemplateLimitException>(() => Template.Parse(template).Render(Columns));
}
