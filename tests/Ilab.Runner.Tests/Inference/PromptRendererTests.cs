using System.Text;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>What a model is given of a conversation.</summary>
[Collection(NativeCompute.Name)]
public sealed class PromptRendererTests
{
    [Theory]
    [InlineData(
        "{% for m in messages %}<|im_start|>{{ m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}",
        "model",
        "",
        "<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\nhi\0there<|im_end|>\n<|im_start|>assistant\n"
    )]
    [InlineData(null, "plain", "this model has no chat template", "System: be brief\nUser: hi\0there\nAssistant:")]
    [InlineData("{{ unheard_of() }}", "plain", "chat template cannot render", "System: be brief\nUser: hi\0there\nAssistant:")]
    public void AConversationBecomesAPrompt(string? template, string used, string warning, string prompt)
    {
        using var model = new HostedModel(template);
        using var loaded = new ModelLoader(model.Spec, new NativeLogLines(static _ => { })).Load(static _ => true);
        var request = new Submit
        {
            Conversation = new Conversation
            {
                Messages =
                {
                    new Message { Role = "system", Content = "be brief" },
                    new Message { Role = "user", Content = "hi\0there" },
                },
            },
        };
        var rendered = new PromptRenderer(loaded.Model).Render(request, 512);

        Assert.Equal(used, rendered.Template);
        Assert.Contains(warning, rendered.Warning, StringComparison.Ordinal);
        Assert.Equal(
            prompt,
            Encoding
                .UTF8.GetString([.. rendered.Tokens.SelectMany(token => loaded.Model.Vocabulary.Piece(token, special: false))])
                .Replace('\u2581', ' ')
                .TrimStart()
        );
        Assert.Equal(used == "plain" ? ["\nUser:"] : [], request.Stop);
    }

    [Theory]
    [InlineData(
        "{{ bos_token }}{% if messages[0].role != 'system' %}<|im_start|>system\nYou are new.<|im_end|>\n{% endif %}{% for m in messages %}<|im_start|>"
            + "{{ m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>{% endif %}",
        "<|im_end|>\n<|im_start|>user\nand then<|im_end|>\n<|im_start|>assistant\n<think>",
        true
    )]
    [InlineData("{{ unheard_of() }}", "\nUser: and then\nAssistant:", false)]
    [InlineData(null, "and then", false)] // a text that goes on
    public void AMessageComesAfterAnEarlierAnswer(string? template, string rest, bool thinks)
    {
        using var model = new HostedModel(template);
        using var loaded = new ModelLoader(model.Spec, new NativeLogLines(static _ => { })).Load(static _ => true);
        int[] before = [1, 40, 50, 60];
        var request = new Submit
        {
            Conversation = new Conversation
            {
                Before = { before },
                Messages =
                {
                    new Message { Role = "user", Content = "and then" },
                },
            },
        };
        var rendered = new PromptRenderer(loaded.Model).Render(request, 512);
        Assert.Equal(before, rendered.Tokens[..before.Length]);
        var text = Encoding.UTF8.GetString([.. rendered.Tokens[before.Length..].SelectMany(token => loaded.Model.Vocabulary.Piece(token, special: true))]);
        Assert.Equal(rest, text.Replace('\u2581', ' '));
        Assert.Equal(thinks, rendered.Thinks);
    }

    [Fact]
    public void WithoutEarlierAnswersInTheTemplateNothingComesAfterOne()
    {
        using var model = new HostedModel("{{ messages[-1].content }}");
        using var loaded = new ModelLoader(model.Spec, new NativeLogLines(static _ => { })).Load(static _ => true);
        var renderer = new PromptRenderer(loaded.Model);
        var conversation = new Conversation
        {
            Before = { 40 },
            Messages =
            {
                new Message { Role = "user", Content = "and then" },
            },
        };
        Assert.Contains(
            "shows no earlier answers",
            Assert.Throws<RunnerException>(() => renderer.Render(new Submit { Conversation = conversation }, 512)).Message,
            StringComparison.Ordinal
        );
        conversation.Before[0] = 9999;
        using var usual = new HostedModel(template: null);
        using var plain = new ModelLoader(usual.Spec, new NativeLogLines(static _ => { })).Load(static _ => true);
        Assert.Contains(
            "9999 is not a token",
            Assert.Throws<RunnerException>(() => new PromptRenderer(plain.Model).Render(new Submit { Conversation = conversation }, 512)).Message,
            StringComparison.Ordinal
        );
    }
}
