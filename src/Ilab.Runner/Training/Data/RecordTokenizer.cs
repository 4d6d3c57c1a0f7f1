using Ilab.Jinja.Chat;
using Ilab.Native.Llama;
using Ilab.Runner.Prompts;

namespace Ilab.Runner.Training.Data;

/// <summary>Tokenizes records like prompts at inference, and marks the tokens to train on.</summary>
internal sealed class RecordTokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly ModelTemplate _template;
    private readonly AnswerSpans _spans;
    private readonly Dictionary<string, int> _warnings = [];
    private readonly string? _added;

    public RecordTokenizer(LlamaModel model)
    {
        _vocabulary = model.Vocabulary;
        _added = string.IsNullOrWhiteSpace(model.ChatTemplate) ? PlainTemplate.Jinja : null;
        _template = new ModelTemplate(model, _added);
        _spans = new AnswerSpans(_template);
    }

    /// <summary>The template that conversations were rendered with because the model has none, or null.</summary>
    public string? AddedTemplate { get; private set; }

    /// <summary>What was used instead of the model's template and why, with the number of records.</summary>
    public IReadOnlyDictionary<string, int> Warnings => _warnings;

    /// <exception cref="FormatException">The model's template refuses the conversation.</exception>
    public Sample Tokenize(TrainingRecord record, int line)
    {
        var (tokens, learned) = record.Conversation is { } conversation ? Conversation(conversation, record) : Plain(record);
        return new Sample(line, tokens, learned);
    }

    private (int[] Tokens, bool[] Learned) Plain(TrainingRecord record)
    {
        var tokens = WithEnd(Tokens(record.Given + record.Learned));
        var learned = new bool[tokens.Length];
        var start = record.Given.Length > 0 ? Tokens(record.Given).AsSpan().CommonPrefixLength(tokens) : 0;
        learned.AsSpan(start).Fill(true);
        return (tokens, learned);
    }

    private (int[] Tokens, bool[] Learned) Conversation(ChatInput conversation, TrainingRecord record)
    {
        AddedTemplate = _added;
        var prompt = _template.Render(conversation);
        if (prompt.Warning.Length > 0)
        {
            _warnings[prompt.Warning] = _warnings.GetValueOrDefault(prompt.Warning) + 1;
        }

        var tokens = _template.Tokenize(prompt);
        var learned = new bool[tokens.Length];
        for (var index = 0; index < conversation.Messages.Count; index++)
        {
            if (record.IsLearned[index])
            {
                learned.AsSpan()[_spans.Of(conversation, index, prompt, tokens)].Fill(true);
            }
        }

        if (record.IsAnswerLast)
        {
            var count = tokens.Length;
            tokens = WithEnd(tokens);
            learned = tokens.Length > count ? [.. learned, record.IsLearned[^1]] : learned;
        }

        return (tokens, learned);
    }

    /// <summary>Texts to continue may contain control tokens: they are written for a certain model.</summary>
    private int[] Tokens(string text) => _template.Tokenize(new ChatPrompt([new ChatSegment(text, IsPlain: false)], ""));

    /// <summary>Appends the end-of-turn token, unless the sample already ends with one, and blanks at most.</summary>
    private int[] WithEnd(int[] tokens) =>
        _vocabulary.EndOfText < 0 || _template.EndOfLastTurn(tokens) is not null ? tokens : [.. tokens, _vocabulary.EndOfText];
}
