using System.Globalization;
using System.Text;
using Ilab.Jinja;
using Ilab.Jinja.Chat;
using Ilab.Native.Llama;

namespace Ilab.Runner.Prompts;

/// <summary>A model's chat template: makes prompts of conversations, for inference and training alike.</summary>
internal sealed class ModelTemplate
{
    private const string ToolUse = "tool_use";

    /// <summary>Names of the special tokens in templates, and of the metadata with their ids.</summary>
    private static readonly (string Name, string Key)[] SpecialTokenKeys =
    [
        ("bos_token", "tokenizer.ggml.bos_token_id"),
        ("eos_token", "tokenizer.ggml.eos_token_id"),
        ("unk_token", "tokenizer.ggml.unknown_token_id"),
        ("pad_token", "tokenizer.ggml.padding_token_id"),
        ("sep_token", "tokenizer.ggml.seperator_token_id"), // spelled so in the format
    ];

    private readonly ChatTemplateRenderer? _template;
    private readonly ChatTemplateRenderer? _toolTemplate;
    private readonly string _problem;
    private readonly Dictionary<string, string> _specialTokens;
    private readonly SegmentTokenizer _tokenizer;
    private readonly Vocabulary _vocabulary;

    /// <param name="model">The model.</param>
    /// <param name="template">Used if the model has none, for example an adapter's; null = none.</param>
    public ModelTemplate(LlamaModel model, string? template = null)
    {
        _vocabulary = model.Vocabulary;
        _tokenizer = new SegmentTokenizer(_vocabulary);
        _specialTokens = SpecialTokens(model);
        (_template, _problem) = Parse(model.ChatTemplate is { Length: > 0 } own ? own : template);
        (_toolTemplate, _) = Parse(model.NamedChatTemplate(ToolUse));
    }

    /// <summary>Whether there is a template that can be parsed.</summary>
    public bool IsUsable => _template is not null;

    /// <summary>
    /// Renders a conversation with the model's template; without a usable one, with role prefixes. If there is no template at all, a single message is
    /// completed as it is: that is what a model without a template was trained to do.
    /// </summary>
    /// <exception cref="FormatException">The template refuses the conversation, or it is empty.</exception>
    public ChatPrompt Render(ChatInput input)
    {
        if (input.Messages.Count == 0)
        {
            throw new FormatException("the conversation has no messages");
        }

        var renderer = input.Tools is null ? _template : _toolTemplate ?? _template;
        if (renderer is null)
        {
            return _problem.Length == 0 && input.Messages.Count == 1
                ? new ChatPrompt([new ChatSegment(PlainTemplate.Content(input.Messages[0]), IsPlain: true)], "")
                : Plain(input, _problem.Length == 0 ? "this model has no chat template" : _problem);
        }

        try
        {
            return new ChatPrompt(Segments(renderer, input), ChatPrompt.OfModel);
        }
        catch (TemplateRefusedException exception)
        {
            throw new FormatException($"the model's chat template refuses this conversation: {exception.Message}", exception);
        }
        catch (TemplateException exception)
        {
            return WithJoinedParts(renderer, input) ?? Plain(input, $"this model's chat template cannot render the conversation ({exception.Message})");
        }
    }

    /// <summary>Whether the token at an index ends a turn.</summary>
    public bool IsEndOfTurn(int[] tokens, int index) => index < tokens.Length && _vocabulary.IsEndOfGeneration(tokens[index]);

    /// <summary>
    /// Where the turn ends that is the last of some tokens: behind its end token. Templates write a line feed or blanks after that one, before which a model
    /// has ended already.
    /// </summary>
    /// <returns>Null if no end token is the last of them but for blanks.</returns>
    public int? EndOfLastTurn(ReadOnlySpan<int> tokens)
    {
        const string Space = "\u2581"; // how SentencePiece writes it
        var end = tokens.Length;
        while (end > 0 && !_vocabulary.IsEndOfGeneration(tokens[end - 1]))
        {
            end--;
        }

        if (end == 0)
        {
            return null;
        }

        byte[] rest = [.. tokens[end..].ToArray().SelectMany(token => _vocabulary.Piece(token, special: true))];
        return string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(rest).Replace(Space, "", StringComparison.Ordinal)) ? end : null;
    }

    public int[] Tokenize(ChatPrompt prompt) => _tokenizer.Tokenize(prompt.Segments);

    /// <summary>As above, for a prompt that comes after a text: nothing is added at its beginning.</summary>
    public int[] TokenizeAfter(string text, ChatPrompt prompt)
    {
        var before = new ChatSegment(text, IsPlain: true);
        var (start, whole) = (_tokenizer.TokenizePart([before]), _tokenizer.TokenizePart([before, .. prompt.Segments]));
        return whole.AsSpan().StartsWith(start) ? whole[start.Length..] : _tokenizer.TokenizePart(prompt.Segments);
    }

    private static ChatPrompt Plain(ChatInput input, string reason) =>
        new(PlainTemplate.Render(input), ChatPrompt.Plain, $"{reason}; using plain role prefixes");

    private static (ChatTemplateRenderer? Template, string Problem) Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return (null, "");
        }

        try
        {
            return (ChatTemplateRenderer.Parse(text), "");
        }
        catch (TemplateException exception)
        {
            return (null, $"this model's chat template is not valid Jinja ({exception.Message})");
        }
    }

    private static Dictionary<string, string> SpecialTokens(LlamaModel model)
    {
        var tokens = new Dictionary<string, string>();
        foreach (var (name, key) in SpecialTokenKeys)
        {
            if (int.TryParse(model.Metadata(key), NumberStyles.None, CultureInfo.InvariantCulture, out var token) && token < model.Vocabulary.Count)
            {
                tokens[name] = System.Text.Encoding.UTF8.GetString(model.Vocabulary.Piece(token, special: true));
            }
        }

        return tokens;
    }

    private IReadOnlyList<ChatSegment> Segments(ChatTemplateRenderer renderer, ChatInput input) =>
        renderer.RenderSegments(input with { SpecialTokens = _specialTokens, ControlTokens = _tokenizer.ControlTokens });

    /// <summary>Many templates take text only: content in parts is joined for them.</summary>
    private ChatPrompt? WithJoinedParts(ChatTemplateRenderer renderer, ChatInput input)
    {
        if (
            !input.Messages.Any(static message =>
                message is IDictionary<string, object?> mapping && mapping.TryGetValue("content", out var value) && value is not string
            )
        )
        {
            return null;
        }

        try
        {
            return new ChatPrompt(Segments(renderer, input with { Messages = [.. input.Messages.Select(Joined)] }), ChatPrompt.OfModel);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static object? Joined(object? message) =>
        message is IDictionary<string, object?> mapping
            ? new OrderedDictionary<string, object?>(mapping) { ["content"] = PlainTemplate.TextOf(mapping.TryGetValue("content", out var value) ? value : "") }
            : message;
}
