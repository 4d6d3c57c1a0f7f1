using System.Text.Json;
using Ilab.Gguf;
using Ilab.Jinja;
using Ilab.Jinja.Chat;

namespace Ilab.Data.Datasets;

/// <summary>Counts the tokens of records as a training of a model sees them: conversations are written by the model's own chat template.</summary>
public sealed class RecordCounter
{
    /// <summary>Tokens that are taken for the markers of a message where no template says it.</summary>
    public const int MarkersOfAMessage = 8;

    // A template is a part of a file from anywhere, and is rendered for hundreds of records.
    private static readonly TemplateLimits Limits = new()
    {
        Steps = 1_000_000,
        OutputCharacters = 4 << 20,
        MemoryBytes = 64L << 20,
    };

    private readonly TokenCounter _tokens;
    private readonly ChatTemplateRenderer? _template;

    /// <param name="tokens">The model's vocabulary.</param>
    /// <param name="template">The model's chat template; null or empty = it has none, and is given the plain one when it is trained.</param>
    public RecordCounter(TokenCounter tokens, string? template)
    {
        _tokens = tokens;
        try
        {
            _template = ChatTemplateRenderer.Parse(string.IsNullOrWhiteSpace(template) ? PlainChatTemplate.Text : template, Limits);
        }
        catch (TemplateException)
        {
            _template = null;
        }
    }

    /// <param name="record">As <see cref="RecordFormat.Read"/> stores it.</param>
    /// <returns>Tokens, and whether those of the template are among them; otherwise so many were taken for each message.</returns>
    public (int Tokens, bool IsRendered) Count(IReadOnlyList<RecordMessage> messages, ReadOnlyMemory<byte> record)
    {
        if (Conversation(record) is not { } conversation)
        {
            return (_tokens.Beginning + messages.Sum(message => _tokens.Count(message.Content)) + _tokens.End, true);
        }

        try
        {
            return _template is null
                ? (Estimate(messages, _tokens.Count), false)
                : (_tokens.CountMarked(_template.Render(conversation with { SpecialTokens = _tokens.Special })) + _tokens.End, true);
        }
        catch (TemplateException)
        {
            return (Estimate(messages, _tokens.Count), false);
        }
    }

    /// <param name="count">Of a text.</param>
    public static int Estimate(IReadOnlyList<RecordMessage> messages, Func<string, int> count) =>
        messages.Sum(message => count(message.Content) + MarkersOfAMessage);

    /// <summary>What a template renders; null = plain text, which has no markers.</summary>
    private static ChatInput? Conversation(ReadOnlyMemory<byte> record)
    {
        try
        {
            using var json = JsonDocument.Parse(record);
            var root = json.RootElement;
            if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            string Text(string key) => root.TryGetProperty(key, out var value) ? ChatJson.TextOf(value) : "";
            return ChatJson.Conversation(
                [.. messages.EnumerateArray().Select(static message => Values.FromJson(message))],
                Text("tools"),
                Text("documents"),
                Text("chat_template_kwargs")
            );
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }
}
