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
}
