using System.Text;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>Tokenizes the input of a request: a raw prompt, or a conversation rendered with the model's chat template.</summary>
internal sealed class PromptRenderer(LlamaModel model)
{
    /// <summary>Prefix of the assistant's turn without a chat template.</summary>
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

        // Without a usable template, role prefixes are used; a line that starts with the user's prefix ends the answer.
        request.Stop.Add("\nUser:");
        var warning = template is null
            ? "this model has no chat template; using plain role prefixes"
            : "this model's chat template is not supported; using plain role prefixes";
        return new RenderedPrompt(Tokens(model.Vocabulary, PlainText(messages)), Plain, warning);
    }

    /// <summary>Tokenizes a rendered prompt, parsing special tokens.</summary>
    public static int[] Tokens(Vocabulary vocabulary, string text)
    {
        var tokens = vocabulary.Tokenize(text, addSpecial: true, parseSpecial: true);

        // A template may render the BOS token that the vocabulary adds as well.
        return vocabulary.AddsBeginOfText && tokens.Length > 1 && tokens[0] == vocabulary.BeginOfText && tokens[1] == vocabulary.BeginOfText
            ? tokens[1..]
            : tokens;
    }

    /// <summary>Renders a conversation without a template, up to the assistant's turn.</summary>
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
