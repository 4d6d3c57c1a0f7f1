using Ilab.Jinja.Chat;

namespace Ilab.Jinja.Tests.Chat;

/// <summary>What surrounds a template: the preparation of messages, the last message continued, control tokens kept as text.</summary>
public sealed class ChatTemplateRendererTests
{
    private const string Plain =
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";
    private static readonly string[] Tokens = ["<|end|>", "<|user|>", "<|assistant|>", "</s>"];

    [Fact]
    public void KeysWithoutAValueAreNotThere() =>
        Assert.Equal(
            "False|role,content",
            Render("{{ messages[0].tool_calls is defined }}|{{ messages[0]|join(',') }}", Message("user", "x", ("tool_calls", null)))
        );

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("thinking")]
    [InlineData("reasoning")]
    public void ReasoningHasBothNames(string name) =>
        Assert.Equal("why/why", Render("{{ messages[0].reasoning_content }}/{{ messages[0].thinking }}", Message("assistant", "x", (name, "why"))));

    [Fact]
    public void WhatIsNotGivenIsNull() =>
        Assert.Equal("True True False", Render("{{ tools is none }} {{ documents is none }} {{ add_generation_prompt }}", Message("user", "x")));

    [Fact]
    public void TokensClockAndVariablesAreThere()
    {
        var input = new ChatInput
        {
            Messages = [Message("user", "x")],
            SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<s>" },
            Variables = new Dictionary<string, object?> { ["enable_thinking"] = false },
        };
        var template = "{{ bos_token }}{{ enable_thinking }}{{ strftime_now('%d %B %Y') }}{{ eos_token }}";
        Assert.Equal("<s>False29 November 2026", ChatTemplateRenderer.Parse(template, clock: new FixedClock()).Render(input));
    }

    [Fact]
    public void TheTemplatesRefusalIsShown() =>
        Assert.Equal(
            "no system",
            Assert.Throws<TemplateRefusedException>(() => Render("{{ raise_exception('no ' ~ messages[0].role) }}", Message("system", "x"))).Message
        );

    [Fact]
    public void NoMessagesAreRefused() => Assert.Throws<TemplateException>(() => Render(Plain));

    [Theory]
    [InlineData(Plain, "One, two, ", "<|assistant|>One, two, ")]
    [InlineData("{% for m in messages %}<{{ m.content|trim }}>{% endfor %}", "One, two, ", "<One, two,")]
    public void TheLastMessageIsContinued(string template, string said, string expected) =>
        Assert.Equal(
            expected,
            ChatTemplateRenderer.Parse(template).Render(new ChatInput { Messages = [Message("assistant", said)], ContinueFinalMessage = true })
        );

    [Fact]
    public void TheLastTextOfPartsIsContinued()
    {
        List<object?> parts = [Mapping(("type", "text"), ("text", "a")), Mapping(("type", "image"))];
        var template = "{% for p in messages[0].content %}{{ p.text }};{% endfor %}";
        var input = new ChatInput { Messages = [Mapping(("role", "assistant"), ("content", parts))], ContinueFinalMessage = true };
        Assert.Equal("a", ChatTemplateRenderer.Parse(template).Render(input));
        Assert.Equal("a", ((IDictionary<string, object?>)parts[0]!)["text"]);
    }

    [Fact]
    public void AMessageThatTheTemplateDropsIsNotContinued() =>
        Assert.Throws<TemplateException>(() =>
            ChatTemplateRenderer.Parse("x").Render(new ChatInput { Messages = [Message("assistant", "y")], ContinueFinalMessage = true })
        );

    [Fact]
    public void ControlTokensOfUsersAreText()
    {
        var segments = Segments(Plain, [Message("system", "a<|end|>"), Message("user", "b<|end|>c")]);
        Assert.Equal(
            [new ChatSegment("<|system|>a<|end|><|end|><|user|>b", false), new ChatSegment("<|end|>", true), new ChatSegment("c<|end|>", false)],
            segments
        );
    }

    [Fact]
    public void ControlTokensInKeysAndToolsAreText()
    {
        var tools = new List<object?> { Mapping(("na</s>me", "x<|end|>"), ("other", 1L)) };
        var segments = ChatTemplateRenderer
            .Parse("{{ tools|tojson }}{{ tools[0]|string }}{{ tools|tojson(ensure_ascii=true) }}")
            .RenderSegments(
                new ChatInput
                {
                    Messages = [Message("user", "x")],
                    Tools = tools,
                    ControlTokens = Tokens,
                }
            );
        Assert.DoesNotContain(segments, static segment => !segment.IsPlain && Tokens.Any(segment.Text.Contains));
        Assert.Equal(6, segments.Count(static segment => segment.IsPlain));
        Assert.Equal(
            """[{"na</s>me": "x<|end|>", "other": 1}]{'na</s>me': 'x<|end|>', 'other': 1}[{"na</s>me": "x<|end|>", "other": 1}]""",
            string.Concat(segments.Select(static segment => segment.Text))
        );
    }

    [Theory]
    [InlineData("{{ messages[0].content ~ messages[1].content }}", "<|e", "nd|>")]
    [InlineData("{{ messages[0].content.split('|')|join('|') }}{{ messages[1].content }}", "a<|end|>", "b")]
    [InlineData("{{ messages[0].content[:4] }}{{ messages[0].content[4:] }}{{ messages[1].content }}", "<|end|>", "b")]
    [InlineData("{{ messages[0].content|upper|lower }}{{ messages[1].content|trim }}", "<|end|>", " </s> ")]
    [InlineData("{{ messages|map(attribute='content')|join }}", "<", "|end|>")]
    public void NoPiecesOfUsersMakeAControlToken(string template, string first, string second)
    {
        var segments = Segments(template, [Message("user", first), Message("user", second)]);
        Assert.DoesNotContain(segments, static segment => !segment.IsPlain && Tokens.Any(segment.Text.Contains));
        Assert.DoesNotContain(string.Concat(segments.Select(static segment => segment.Text)), static c => c is >= '\uE000' and <= '\uF8FF');
    }

    [Fact]
    public void PrivateUseCharactersOfUsersStay()
    {
        var segments = Segments("{{ messages[0].content }}", [Message("user", "\uE000\uE001<|end|>🙂")]);
        Assert.Equal([new ChatSegment("\uE000\uE001", false), new ChatSegment("<|end|>", true), new ChatSegment("🙂", false)], segments);
    }

    [Fact]
    public void NumbersOfJsonPrintAsInPython()
    {
        var tools = Values.FromJson(System.Text.Json.JsonDocument.Parse("[12345678901234567890, 1.0, 1e3, 1e-7, 0.1, 5, true, null]").RootElement);
        var input = new ChatInput { Messages = [Message("user", "x")], Tools = tools };
        Assert.Equal(
            "[12345678901234567890, 1.0, 1000.0, 1e-07, 0.1, 5, True, None][12345678901234567890, 1.0, 1000.0, 1e-07, 0.1, 5, true, null]",
            ChatTemplateRenderer.Parse("{{ tools }}{{ tools|tojson }}").Render(input)
        );
    }

    private static string Render(string template, params List<object?> messages) =>
        ChatTemplateRenderer.Parse(template).Render(new ChatInput { Messages = messages });

    private static IReadOnlyList<ChatSegment> Segments(string template, List<object?> messages) =>
        ChatTemplateRenderer.Parse(template).RenderSegments(new ChatInput { Messages = messages, ControlTokens = Tokens });

    private static OrderedDictionary<string, object?> Message(string role, string content, params (string, object?)[] others) =>
        Mapping([("role", role), ("content", content), .. others]);

    private static OrderedDictionary<string, object?> Mapping(params (string Key, object? Value)[] pairs) =>
        new(pairs.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value)));
}
