using System.Globalization;
using Ilab.Data.Datasets;
using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Prompts the teacher for each row and parses the completion into columns. A row that lacks a column of the prompt is rejected.</summary>
internal class LlmBlock : Block
{
    private readonly IReadOnlyList<string> _columns;
    private readonly AnswerParser _parser;
    private readonly object? _samples;
    private readonly Template? _modelPrompt;
    private readonly bool _isRaw;

    public LlmBlock(string name, BlockConfig config)
        : this(name, config, new PromptTemplate(config, config.Text("config_path"))) { }

    protected LlmBlock(string name, BlockConfig config, PromptTemplate prompt)
        : base(name)
    {
        Prompt = prompt;
        _columns = config.Texts("output_cols");
        _parser = new AnswerParser(config.Section("parser_kwargs"), _columns);
        _samples = config.Section("batch_kwargs").Value("num_samples");
        Settings = new GenerationParameters(config.Section("gen_kwargs"));

        // The teacher is that of the job: a model named by the block is ignored, as upstream does.
        _ = config.Value("model_id");
        _ = config.Value("model_family");
        if (config.OptionalText("model_prompt") is { } modelPrompt)
        {
            _isRaw = true;
            _modelPrompt = modelPrompt.Length == 0 ? null : Parse(config, modelPrompt);
        }
    }

    public override bool IsOpenEnded => _parser.HasPattern && _samples is null;

    protected PromptTemplate Prompt { get; }

    protected GenerationParameters Settings { get; }

    public override async ValueTask<IReadOnlyList<Row>> RunAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var key = run.Key;
        var choices = Settings.Choices(run.Scale);
        var asked = new List<(Row Row, PromptTemplate Prompt, Task<string?> Answer)>();
        foreach (var (index, row) in rows.Index())
        {
            var filled = Fill(row);
            if (TryRender(filled, run, out var prompt, out var text))
            {
                foreach (var choice in Enumerable.Range(0, choices))
                {
                    var call = new TeacherCall(
                        string.Create(CultureInfo.InvariantCulture, $"{key}/{index}/{choice}"),
                        Name,
                        Wrap(text),
                        Settings.For(run, Name == "gen_knowledge"),
                        choice
                    );
                    asked.Add((filled, prompt, run.Teacher.AskAsync(call, run, cancellationToken)));
                }
            }
        }

        await Task.WhenAll(asked.Select(static one => one.Answer)).ConfigureAwait(false);
        var made = new List<Row>();
        foreach (var (row, prompt, answer) in asked)
        {
            if (await answer.ConfigureAwait(false) is not { } said)
            {
                continue; // recorded by the sender
            }

            var found = _parser.Parse(said, prompt);
            run.Reject(Name, "the answer does not match the expected format", found.Count == 0 ? 1 : 0);
            made.AddRange(found.Select(values => row.With(_columns.Zip(values, static (column, value) => KeyValuePair.Create(column, (object?)value)))));
        }

        return made;
    }

    public override async ValueTask<IReadOnlyList<Row>> RehearseAsync(IReadOnlyList<Row> rows, BlockRun run, CancellationToken cancellationToken)
    {
        var made = new List<Row>();
        foreach (var row in rows)
        {
            var filled = Fill(row);
            if (TryRender(filled, run, out _, out var text))
            {
                var call = new TeacherCall(run.Key, Name, Wrap(text), Settings.For(run, Name == "gen_knowledge"), 0);
                await run.Teacher.AskAsync(call, run, cancellationToken).ConfigureAwait(false);
                made.Add(filled.With(_columns.Select(column => KeyValuePair.Create(column, (object?)Imitation.Of(column, filled)))));
            }
        }

        return made;
    }

    public override BlockPlan Plan(double rows, int scale)
    {
        var calls = rows * Settings.Choices(scale);
        return new BlockPlan(calls, calls * (_samples is long several ? several : 1), calls * Settings.MaxTokens);
    }

    /// <returns>Null if there is no prompt for this row.</returns>
    protected virtual PromptTemplate? PromptFor(Row row, BlockRun run) => Prompt;

    private static Template Parse(BlockConfig config, string text)
    {
        try
        {
            return Template.Parse(
                text.Replace("{prompt}", "{{prompt}}", StringComparison.Ordinal).Replace("{{{prompt}}}", "{{prompt}}", StringComparison.Ordinal)
            );
        }
        catch (TemplateException exception)
        {
            throw config.Wrong($"model_prompt: {exception.Message}");
        }
    }

    private Row Fill(Row row) => _samples is null || row.Has("num_samples") ? row : row.With("num_samples", _samples);

    private bool TryRender(Row row, BlockRun run, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PromptTemplate? prompt, out string text)
    {
        text = "";
        prompt = PromptFor(row, run);
        try
        {
            text = prompt?.Render(row) ?? "";
        }
        catch (TemplateException exception)
        {
            run.Reject(Name, exception.Message);
            return false;
        }

        return prompt is not null;
    }

    private IReadOnlyList<RecordMessage> Wrap(string prompt)
    {
        if (!_isRaw)
        {
            return [new RecordMessage("user", prompt)];
        }

        var values = new Dictionary<string, object?>
        {
            ["prompt"] = prompt,
            ["messages"] = new List<object?>
            {
                new OrderedDictionary<string, object?> { ["role"] = "user", ["content"] = prompt },
            },
            ["add_generation_prompt"] = true,
        };
        return [new RecordMessage("raw", _modelPrompt?.Render(values).Trim() ?? prompt)];
    }
}
