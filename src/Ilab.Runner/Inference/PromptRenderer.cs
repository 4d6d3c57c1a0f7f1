using System.Text;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>A request's input as tokens: a prompt as it stands, or a conversation through the model's chat template.</summary>
internal sealed class PromptRenderer(LlamaModel model)
{
    /// <summary>What an answer begins with where there is no template.</summary>
    public const string PlainAssistant = "Assistant:";

    private const string Plain = "plain";

    public RenderedPrompt Render(Submit request)
    {
        if (request.InputCase != Submit.InputOneofCase.Conversation)
        {
            return new RenderedPrompt(model.Vocabulary.Tokenize(request.Prompt, addSpecial: true, parseSpecial: true), "", "");
        }

        var messages = request.Conversation.Messages.Select(static message => (message.Role, message.Content)).ToArray();
        var template = model.ChatTemplate;
        if (template is not null && ChatTemplate.Apply(template, messages, addAssistant: true) is { } text)
        {
            return new RenderedPrompt(Tokens(model.Vocabulary, text), "model", "");
        }

        // Without a template that can be used, roles are told apart by their names; a line that begins with the user's ends the answer.
        request.Stop.Add("\nUser:");
        var warning = template is null
            ? "this model has no chat template; using plain role prefixes"
            : "this model's chat template is not supported; using plain role prefixes";
        return new RenderedPrompt(Tokens(model.Vocabulary, PlainText(messages)), Plain, warning);
    }

    /// <summary>A rendered prompt as tokens; special tokens that are written out are read as such.</summary>
    public static int[] Tokens(Vocabulary vocabulary, string text)
    {
        var tokens = vocabulary.Tokenize(text, addSpecial: true, parseSpecial: true);

        // A template may write the begin-of-text token that the vocabulary adds by itself.
        return vocabulary.AddsBeginOfText && tokens.Length > 1 && tokens[0] == vocabulary.BeginOfText && tokens[1] == vocabulary.BeginOfText
            ? tokens[1..]
            : tokens;
    }

    /// <summary>A conversation for a model without a template, up to where the assistant speaks.</summary>
    public static string PlainText(IReadOnlyList<(string Role, string Content)> messages)
    {
        var text = new StringBuilder();
        foreach (var (role, content) in messages)
        {
            var name = role switch
            {
                "system" => "System",
                "assistant" => "Assistant",
                "tool" => "Tool",
                _ => "User",
            };
            text.Append(name).Append(": ").Append(content).Append('\n');
        }

        return text.Append(PlainAssistant).ToString();
    }
}

/// <summary>A prompt ready to decode. <paramref name="Template"/> is empty for a raw prompt.</summary>
internal sealed record RenderedPrompt(int[] Tokens, string Template, string Warning);
