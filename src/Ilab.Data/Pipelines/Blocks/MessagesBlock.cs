using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Builds a conversation from each row, for an <c>LLMMessagesBlock</c>. A row that lacks a column is rejected.</summary>
internal sealed class MessagesBlock : Block
{
    private readonly string _output;
    private readonly List<(string Role, Template Content)> _messages;

    public MessagesBlock(string name, BlockConfig config)
        : base(name)
    {
        _output = config.Text("output_col");
        _messages = [.. config.List("messages").Select((message, index) => Read(config, message, index))];
        if (_messages.Count == 0)
        {
            throw config.Wrong("messages is empty");
        }
    }

    public override ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var made = new List<Row>();
        foreach (var row in rows)
        {
            try
            {
                made.Add(
                    row.With(
                        _output,
                        _messages.ConvertAll(message =>
                            (object?)
                                new OrderedDictionary<string, object?> { ["role"] = message.Role, ["content"] = message.Content.Render(row.Columns).Trim() }
                        )
                    )
                );
            }
            catch (TemplateException exception)
            {
                run.Reject(Name, exception.Message);
            }
        }

        return ValueTask.FromResult<IReadOnlyList<Row>>(made);
    }

    private static (string, Template) Read(BlockConfig config, object? message, int index)
    {
        if (message is not IDictionary<string, object?> values || !values.TryGetValue("role", out var role) || !values.TryGetValue("content", out var content))
        {
            throw config.Wrong($"message {index + 1} needs role and content");
        }

        try
        {
            return (Values.Text(role), Template.Parse(Values.Text(content)));
        }
        catch (TemplateException exception)
        {
            throw config.Wrong($"message {index + 1}: {exception.Message}");
        }
    }
}
