using Ilab.Jinja.Chat;
using Ilab.Runner.Prompts;

namespace Ilab.Runner.Training.Data;

/// <summary>
/// Finds the tokens of a message in a rendered conversation: what the model generates in its place at inference, including the end of the turn.
/// </summary>
internal sealed class AnswerSpans(ModelTemplate template)
{
    /// <summary>Tokens at the end of a prompt that may be joined with what follows.</summary>
    private const int Joined = 2;

    /// <param name="conversation">The whole conversation.</param>
    /// <param name="index">Index of the message.</param>
    /// <param name="prompt">The rendered conversation.</param>
    /// <param name="tokens">Its tokens.</param>
    public Range Of(ChatInput conversation, int index, ChatPrompt prompt, int[] tokens)
    {
        var begin = Begin(conversation, index, tokens);
        var end = index == conversation.Messages.Count - 1 ? tokens.Length : End(conversation, index, tokens);
        return begin is { } from && end is { } to && from <= to
            ? from..(template.EndOfLastTurn(tokens.AsSpan(from, to - from)) + from ?? to)
            : Search(conversation, index, prompt, tokens);
    }

    /// <summary>Where the prompt ends that asks for the message.</summary>
    private int? Begin(ChatInput conversation, int index, int[] tokens)
    {
        var isAnswer = Role(conversation.Messages[index]) == "assistant";
        var before = index > 0 ? Tokens(conversation, index, isAnswer) : TokensOfEmpty(conversation);
        return before?.AsSpan().CommonPrefixLength(tokens);
    }

    /// <returns>Null if the message is rendered in another way when it is the last.</returns>
    private int? End(ChatInput conversation, int index, int[] tokens)
    {
        if (Tokens(conversation, index + 1, isAnswered: false) is not { } through)
        {
            return null;
        }

        var end = through.AsSpan().CommonPrefixLength(tokens);
        return end >= through.Length - Joined ? end : null;
    }

    /// <summary>
    /// Templates may drop parts of earlier answers, such as their reasoning, or refuse parts of a conversation: the text itself is looked for.
    /// </summary>
    private Range Search(ChatInput conversation, int index, ChatPrompt prompt, int[] tokens)
    {
        var (text, from) = (prompt.Text, 0);
        for (var earlier = 0; earlier < index; earlier++)
        {
            from = Find(text, from, conversation.Messages[earlier]).End.Value;
        }

        var found = Find(text, from, conversation.Messages[index]);
        if (found.Start.Value == found.End.Value)
        {
            return 0..0;
        }

        var begin = CountTo(prompt, found.Start.Value, tokens);
        var end = CountTo(prompt, found.End.Value, tokens);
        return begin..Math.Max(begin, template.IsEndOfTurn(tokens, end) ? end + 1 : end);
    }

    /// <summary>The message's text in the prompt; without what comes before the last end of a reasoning, if only the rest is there.</summary>
    private static Range Find(string text, int from, object? message)
    {
        const string EndOfReasoning = "</think>";
        var content = PlainTemplate.Content(message).Trim();
        foreach (
            var part in new[]
            {
                content,
                content[(content.LastIndexOf(EndOfReasoning, StringComparison.Ordinal) is >= 0 and var at ? at + EndOfReasoning.Length : 0)..].Trim(),
            }
        )
        {
            if (part.Length > 0 && text.IndexOf(part, from, StringComparison.Ordinal) is >= 0 and var start)
            {
                return start..(start + part.Length);
            }
        }

        return from..from;
    }

    private int CountTo(ChatPrompt prompt, int length, int[] tokens)
    {
        var segments = new List<ChatSegment>();
        foreach (var segment in prompt.Segments)
        {
            var taken = Math.Min(length, segment.Text.Length);
            segments.Add(segment with { Text = segment.Text[..taken] });
            length -= taken;
        }

        return template.Tokenize(prompt with { Segments = segments }).AsSpan().CommonPrefixLength(tokens);
    }

    private int[]? Tokens(ChatInput conversation, int count, bool isAnswered) =>
        TryTokenize(conversation with { Messages = [.. conversation.Messages.Take(count)], AddGenerationPrompt = isAnswered });

    /// <summary>A message that is the first has no prompt before it; without text it differs from the conversation where its text begins.</summary>
    private int[]? TokensOfEmpty(ChatInput conversation) =>
        TryTokenize(conversation with { Messages = [ChatJson.Message(Role(conversation.Messages[0]), "")] });

    private int[]? TryTokenize(ChatInput conversation)
    {
        try
        {
            return template.Tokenize(template.Render(conversation));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Role(object? message) =>
        message is IDictionary<string, object?> mapping && mapping.TryGetValue("role", out var role) ? role as string ?? "" : "";
}
