using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;
using Ilab.Testing.Mutations;

namespace Ilab.Data.Tests.Pipelines;

/// <summary>Damaged pipelines and prompts: each is loaded, or refused in one line that names the file.</summary>
[Collection(nameof(Alone))]
public sealed class MutatedPipelineTests
{
    private const string Pipeline = """
        version: "1.0"
        blocks:
          - name: gen_questions
            type: LLMBlock
            config:
              config_path: prompts/questions.yaml
              output_cols: [question]
              parser_kwargs: {parser_name: custom, parsing_pattern: '\[Q\](.*?)\[/Q\]'}
            gen_kwargs: {max_tokens: 2048, temperature: 0.7, n: 10}
            drop_duplicates: [question]
          - name: filter
            type: FilterByValueBlock
            config: {filter_column: num, filter_value: 1.0, operation: eq, convert_dtype: float, drop_columns: [num]}
          - name: repeat
            type: IterBlock
            config:
              num_iters: 2
              block_type: DuplicateColumnsBlock
              block_kwargs: {block_name: copy, columns_map: {question: copy}}
        datamixing:
          auxiliary_instructions: {spellcheck: ["Check it", &a "again"], other: [*a]}
        """;

    private const string Prompt = """
        system: You are {{ name }}.
        introduction: |
          {% for item in items %}{{ item }}, {% endfor %}
        principles: "a"
        examples: ''
        generation: Ask about {{ task_description | upper }}.
        start_tags: ["[Q]"]
        end_tags: ["[/Q]"]
        """;

    [Theory]
    [InlineData("p.yaml", 40)]
    [InlineData("prompts/questions.yaml", 20)]
    public async Task AreLoadedOrRefused(string damaged, int leastRefused)
    {
        var files = new Dictionary<string, byte[]> { ["p.yaml"] = Bytes(Pipeline), ["prompts/questions.yaml"] = Bytes(Prompt) };
        var promise = new ReaderPromise(static exception => exception is EngineException { Kind: ErrorKind.InvalidArgument }, "p.yaml");
        var report = await ReaderCheck.RunAsync(
            files[damaged],
            bytes => PipelineLoader.Load("p.yaml", new Dictionary<string, byte[]>(files) { [damaged] = bytes }),
            promise
        );
        Assert.True(report.Problems.Count == 0, report.ToString());
        Assert.InRange(report.Refused, leastRefused, 199);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
