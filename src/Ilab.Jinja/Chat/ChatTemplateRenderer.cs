namespace Ilab.Jinja.Chat;

/// <summary>Renders conversations with a model's chat template, as transformers' <c>apply_chat_template</c> does.</summary>
public sealed class ChatTemplateRenderer
{
    private readonly string _text;
    private readonly Template _template;

    private ChatTemplateRenderer(string text, Template template) => (_text, _template) = (text, template);

    /// <param name="clock">Source of <c>strftime_now</c>; null = the system's.</param>
    /// <exception cref="TemplateException">Names line and reason.</exception>
    public static ChatTemplateRenderer Parse(string template, TemplateLimits? limits = null, TimeProvider? clock = null) =>
        new(template, Template.Parse(template, TemplateOptions.Chat with { Limits = limits ?? new TemplateLimits(), Clock = clock ?? TimeProvider.System }));

    /// <exception cref="TemplateRefusedException">The template refuses the conversation.</exception>
    /// <exception cref="TemplateException">The template cannot render the conversation.</exception>
    public string Render(ChatInput input) => string.Concat(RenderSegments(input).Select(static segment => segment.Text));

    /// <summary>The prompt in parts: those that may contain control tokens, and those in which they are text.</summary>
    /// <exception cref="TemplateRefusedException">The template refuses the conversation.</exception>
    /// <exception cref="TemplateException">The template cannot render the conversation.</exception>
    public IReadOnlyList<ChatSegment> RenderSegments(ChatInput input)
    {
        if (input.Messages.Count == 0)
        {
            throw new TemplateException("Cannot apply chat template to an empty conversation. Provide at least one message.");
        }

        var marker = input.ControlTokens.Count > 0 ? ControlTokenMarker.For(input, _text) : null;
        var messages = input.Messages.Select(message => ChatMessages.Prepare(message, marker)).ToList();
        var final = input.ContinueFinalMessage ? FinalMessage.Tag(messages) : null;
        var values = new Dictionary<string, object?>();
        foreach (var (name, token) in input.SpecialTokens)
        {
            values[name] = token;
        }

        foreach (var (name, value) in input.Variables)
        {
            values[name] = value;
        }

        values["messages"] = messages;
        values["tools"] = marker is null ? input.Tools : marker.Mark(input.Tools);
        values["documents"] = marker is null ? input.Documents : marker.Mark(input.Documents);
        values["add_generation_prompt"] = input.AddGenerationPrompt;
        var text = _template.Render(values, marker?.Character, input.Clock);
        text = final is null ? text : FinalMessage.Cut(text, final);
        return marker is null ? [new ChatSegment(text, IsPlain: false)] : marker.Segments(text);
    }
}
