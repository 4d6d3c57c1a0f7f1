using Ilab.Native.Llama;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Data;

/// <summary>Tokenizes records like prompts at inference, and marks the tokens to train on.</summary>
internal sealed class RecordTokenizer(LlamaModel model)
{
    private readonly Vocabulary _vocabulary = model.Vocabulary;
    private readonly string? _template = Usable(model.ChatTemplate);

    /// <summary><c>model</c> or <c>plain</c>: how conversations are rendered.</summary>
    public string Template => _template is null ? "plain" : "model";

    public Sample Tokenize(TrainingRecord record, int line)
    {
        var (tokens, learned) = record.Messages is { } messages ? Conversation(messages, record.Unmask) : Plain(record);
        return new Sample(line, tokens, learned);
    }

    private static string? Usable(string? template) =>
        template is not null && ChatTemplate.Apply(template, [("user", "x")], addAssistant: true) is not null ? template : null;

    private (int[] Tokens, bool[] Learned) Plain(TrainingRecord record)
    {
        var tokens = WithEnd(Tokens(record.Given + record.Learned));
        var learned = new bool[tokens.Length];
        var start = record.Given.Length > 0 ? CommonStart(Tokens(record.Given), tokens) : 0;
        learned.AsSpan(start).Fill(true);
        return (tokens, learned);
    }

    private (int[] Tokens, bool[] Learned) Conversation(IReadOnlyList<(string Role, string Content)> messages, bool unmask)
    {
        if (messages.Any(static message => message.Role == "pretraining"))
        {
            return Plain(new TrainingRecord("", null, "", string.Join("\n", messages.Select(static message => message.Content)), true));
        }

        var tokens = Tokens(Render(messages, addAssistant: false));
        var learned = new bool[tokens.Length];
        for (var index = 0; index < messages.Count; index++)
        {
            if (messages[index].Role == "assistant" || (unmask && messages[index].Role != "system"))
            {
                // The assistant's turn after its header, including its end: what the model generates at inference.
                var begin = CommonStart(Tokens(Render(messages.Take(index), addAssistant: messages[index].Role == "assistant")), tokens);
                var end = CommonStart(Tokens(Render(messages.Take(index + 1), addAssistant: false)), tokens);
                learned.AsSpan(begin, Math.Max(0, end - begin)).Fill(true);
            }
        }

        if (messages[^1].Role == "assistant")
        {
            tokens = WithEnd(tokens);
            if (tokens.Length > learned.Length)
            {
                learned = [.. learned, true];
            }
        }

        return (tokens, learned);
    }

    private string Render(IEnumerable<(string Role, string Content)> messages, bool addAssistant)
    {
        var list = messages.ToArray();
        if (list.Length == 0 && !addAssistant)
        {
            return "";
        }

        if (_template is not null)
        {
            return ChatTemplate.Apply(_template, list, addAssistant) ?? "";
        }

        var text = PromptRenderer.PlainText(list);
        return addAssistant ? text : text[..^PromptRenderer.PlainAssistant.Length].TrimEnd('\n');
    }

    private int[] Tokens(string text) => PromptRenderer.Tokens(_vocabulary, text);

    /// <summary>Appends the end-of-turn token, unless the sample already ends with one.</summary>
    private int[] WithEnd(int[] tokens)
    {
        const int Window = 3;
        return _vocabulary.EndOfText < 0 || tokens.TakeLast(Window).Any(_vocabulary.IsEndOfGeneration) ? tokens : [.. tokens, _vocabulary.EndOfText];
    }

    private static int CommonStart(int[] a, int[] b) => a.AsSpan().CommonPrefixLength(b);
}
