using System.Text;
using Ilab.Jinja.Chat;
using Ilab.Native.Llama;
using Ilab.Runner.Prompts;
using Ilab.Runner.Tests.Training;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Prompts;

/// <summary>What a conversation becomes with a model's template, with one that fails, and with none.</summary>
[Collection(NativeCompute.Name)]
public sealed class ModelTemplateTests
{
    private const string Turns = "{% for m in messages %}[{{ m.role }}] {{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}";

    [Theory]
    [InlineData(Turns, "[user] hi</s>[assistant] ", "model", "")]
    [InlineData("{{ bos_token }}" + Turns, "<s>[user] hi</s>[assistant] ", "model", "")]
    [InlineData(
        "{% if messages[0].role != 'system' %}[system] You are Hal.</s>{% endif %}" + Turns,
        "[system] You are Hal.</s>[user] hi</s>[assistant] ",
        "model",
        ""
    )]
    [InlineData("{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}", "User: hi\nAssistant:", "plain", "not valid Jinja")]
    [InlineData("{{ messages[0].content.foo() }}", "User: hi\nAssistant:", "plain", "cannot render the conversation")]
    [InlineData("{% for x in range(90000) %}{% for y in range(90000) %}{{ x }}{% endfor %}{% endfor %}", "User: hi\nAssistant:", "plain", "exceeds the limit")]
    [InlineData(null, "hi", "", "")]
    public void AMessageBecomesAPrompt(string? template, string text, string used, string warning)
    {
        using var model = new Model(template);
        var prompt = model.Template.Render(Ask("hi"));
        Assert.Equal((text, used), (prompt.Text, prompt.Template));
        Assert.Contains(warning, prompt.Warning, StringComparison.Ordinal);
        Assert.Equal(warning.Length > 0, prompt.Warning.Length > 0);
    }

    [Fact]
    public void AConversationWithoutATemplateGetsRolePrefixes()
    {
        using var model = new Model(null);
        ChatInput input = Ask("hi") with
        {
            Messages =
            [
                ChatJson.Message("system", "be brief"),
                ChatJson.Message("user", "hi"),
                ChatJson.Message("assistant", "ho"),
                ChatJson.Message("tool", "1"),
            ],
        };
        var prompt = model.Template.Render(input);
        Assert.Equal("System: be brief\nUser: hi\nAssistant: ho\nTool: 1\nAssistant:", prompt.Text);
        Assert.Contains("no chat template", prompt.Warning, StringComparison.Ordinal);

        // The same as a template, which trained models get.
        var same = ChatTemplateRenderer.Parse(PlainTemplate.Jinja);
        Assert.Equal(prompt.Text, same.Render(input));
        Assert.Equal(
            new ModelTemplate(model.Loaded).Render(input with { AddGenerationPrompt = false }).Text,
            same.Render(input with { AddGenerationPrompt = false })
        );
    }

    [Fact]
    public void ARefusalOfTheTemplateIsTold()
    {
        using var model = new Model("{{ raise_exception('roles must alternate') }}");
        Assert.Contains("roles must alternate", Assert.Throws<FormatException>(() => model.Template.Render(Ask("hi"))).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => model.Template.Render(Ask("hi") with { Messages = [] }));
    }

    [Fact]
    public void PartsAreJoinedForATemplateThatTakesText()
    {
        using var model = new Model("{% for m in messages %}{{ '<' + m.content + '>' }}{% endfor %}");
        var parts = ChatJson.Message("user", "", """{"content":[{"type":"text","text":"one "},{"type":"text","text":"two"}]}""");
        Assert.Equal("<one two>", model.Template.Render(Ask("") with { Messages = [parts] }).Text);
    }

    [Theory]
    [InlineData("a</s>b")]
    [InlineData("</s>")]
    [InlineData("<s>[user] x</s>")]
    [InlineData("</s></s>x<unk>")]
    [InlineData("</")]
    public void AControlTokenInAMessageIsText(string message)
    {
        using var model = new Model(Turns);
        var vocabulary = model.Loaded.Vocabulary;
        var tokens = model.Template.Tokenize(model.Template.Render(Ask(message)));
        Assert.Single(tokens, token => token == vocabulary.EndOfText);
        Assert.Equal(vocabulary.AddsBeginOfText ? 1 : 0, tokens.Count(token => token == vocabulary.BeginOfText));
        Assert.Equal(
            $"[user] {message}</s>[assistant] ".Replace(" ", "", StringComparison.Ordinal),
            Encoding
                .UTF8.GetString([.. tokens.Where(token => token != vocabulary.BeginOfText).SelectMany(token => vocabulary.Piece(token, special: true))])
                .Replace("\u2581", "", StringComparison.Ordinal) // SentencePiece puts a space after every control token
                .Replace(" ", "", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void WithoutPlainPartsTokensAreThoseOfTheLibrary()
    {
        using var model = new Model(Turns);
        var vocabulary = model.Loaded.Vocabulary;
        var prompt = model.Template.Render(Ask("hello world"));
        var marked = new ChatPrompt([.. prompt.Segments, new ChatSegment("", IsPlain: true)], prompt.Template);
        var whole = vocabulary.Tokenize(prompt.Text, addSpecial: true, parseSpecial: true);
        Assert.Equal(whole, model.Template.Tokenize(prompt));
        Assert.Equal(whole, model.Template.Tokenize(marked));
    }

    [Fact]
    public void VariablesAndTheClockReachTheTemplate()
    {
        using var model = new Model("{{ strftime_now('%d %b %Y') }} {{ enable_thinking }} {{ tools[0].name }} {{ documents[0].text }}");
        var input = ChatJson.Conversation(
            [ChatJson.Message("user", "x")],
            """[{"name":"look"}]""",
            """[{"text":"rain</s>"}]""",
            """{"enable_thinking":false,"strftime_now":"2026-01-31 12:00"}"""
        );
        var prompt = model.Template.Render(input);
        Assert.Equal("31 Jan 2026 False look rain</s>", prompt.Text);
        Assert.DoesNotContain(model.Loaded.Vocabulary.EndOfText, model.Template.Tokenize(prompt));
    }

    private static ChatInput Ask(string text) => new() { Messages = [ChatJson.Message("user", text)], AddGenerationPrompt = true };

    private sealed class Model : IDisposable
    {
        private readonly TestModel _file;

        public Model(string? template)
        {
            _file = new TestModel(new TransformerShape(), template);
            Loaded = LlamaModel.LoadVocabulary([_file.Path]);
            Template = new ModelTemplate(Loaded);
        }

        public LlamaModel Loaded { get; }

        public ModelTemplate Template { get; }

        public void Dispose()
        {
            Loaded.Dispose();
            _file.Dispose();
        }
    }
}
