using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Jinja.Tests;

/// <summary>Small templates, one for each feature and odd case of the language, with what Jinja 3.1.6 in transformers' environment makes of them.</summary>
public sealed class JinjaCasesTests
{
    private static readonly JsonElement File = JsonDocument
        .Parse(System.IO.File.ReadAllText(Path.Combine(TestPaths.Repository, "tests", "Ilab.Jinja.Tests", "jinja2-cases.json")))
        .RootElement;

    private static readonly Dictionary<string, object?> Variables = ((IDictionary<string, object?>)Values.FromJson(File.GetProperty("vars"))!).ToDictionary();

    public static TheoryData<string, string> Renders() => Cases("r");

    public static TheoryData<string, string> Errors() => Cases("e");

    [Theory]
    [MemberData(nameof(Renders))]
    public void ATemplateRendersAsInPython(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [MemberData(nameof(Errors))]
    public void ATemplateThatPythonRefusesIsRefused(string template, string error)
    {
        var exception = Assert.ThrowsAny<TemplateException>(() => Render(template));
        if (error.Split(": ", 2) is ["TemplateError" or "UndefinedError" or "SecurityError", var message])
        {
            Assert.Equal(message, exception.Message);
        }
    }

    private static string Render(string template) => Template.Parse(template, TemplateOptions.Chat with { Clock = new FixedClock() }).Render(Variables);

    private static TheoryData<string, string> Cases(string result)
    {
        var data = new TheoryData<string, string>();
        foreach (var entry in File.GetProperty("cases").EnumerateArray())
        {
            if (entry.TryGetProperty(result, out var expected))
            {
                data.Add(entry.GetProperty("t").GetString()!, expected.GetString()!);
            }
        }

        return data;
    }
}
