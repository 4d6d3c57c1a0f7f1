using System.Globalization;
using Ilab.Data.Datasets;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Sends the conversation in a column to the teacher, and puts the completion, or a list of several, into another column.</summary>
internal sealed class LlmMessagesBlock : Block
{
    private const double Warm = 0.7;

    private readonly string _input;
    private readonly string _output;
    private readonly GenerationParameters _settings;

    public LlmMessagesBlock(string name, BlockConfig config)
        : base(name)
    {
        _input = config.Text("input_col");
        _output = config.Text("output_col");
        _settings = new GenerationParameters(config.Section("gen_kwargs"));
        _ = config.Value("model_id");
        _ = config.Value("model_family");
    }

    public override async ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var key = run.Key;
        var choices = _settings.Choices(run.Scale);
        var settings = _settings.For(run, mayBeCut: false, choices > 1 && _settings.Temperature <= 0 ? Warm : null);
        var asked = rows.Select(
                (row, index) =>
                    (
                        Row: row,
                        Answers: Task.WhenAll(
                            Enumerable
                                .Range(0, choices)
                                .Select(choice =>
                                    run.Teacher.AskAsync(
                                        new TeacherCall(
                                            string.Create(CultureInfo.InvariantCulture, $"{key}/{index}/{choice}"),
                                            Name,
                                            Messages(row),
                                            settings,
                                            choice
                                        ),
                                        run,
                                        cancellationToken
                                    )
                                )
                        )
                    )
            )
            .ToList();
        var made = new List<Row>();
        foreach (var (row, answers) in asked)
        {
            var said = (await answers.ConfigureAwait(false)).Where(static answer => answer is not null).Cast<object?>().ToList();
            if (said.Count > 0)
            {
                made.Add(row.With(_output, choices > 1 ? said : said[0]));
            }
        }

        return made;
    }

    public override async ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var made = new List<Row>();
        foreach (var row in rows)
        {
            var call = new TeacherCall(run.Key, Name, Messages(row), _settings.For(run, mayBeCut: false), 0);
            await run.Teacher.AskAsync(call, run, cancellationToken).ConfigureAwait(false);
            var said = Imitation.Of(_output, row);
            made.Add(row.With(_output, _settings.Choices(run.Scale) > 1 ? new List<object?> { said } : said));
        }

        return made;
    }

    public override BlockPlan Plan(double rows, int scale) => new(rows * _settings.Choices(scale), rows, rows * _settings.Choices(scale) * _settings.MaxTokens);

    private List<RecordMessage> Messages(Row row) =>
        row[_input] is List<object?> { Count: > 0 } list
        && list.All(static entry => entry is IDictionary<string, object?> message && message.ContainsKey("role") && message.ContainsKey("content"))
            ?
            [
                .. list.Cast<IDictionary<string, object?>>()
                    .Select(static message => new RecordMessage(Values.Text(message["role"]), Values.Text(message["content"]))),
            ]
            : throw new PipelineException($"block {Name}: column {_input} is not a list of messages with role and content");
}
