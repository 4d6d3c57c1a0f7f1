using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>How samples are generated.</summary>
internal sealed class SynthesisOptions
{
    private readonly Option<string> _pipeline = new("--pipeline")
    {
        Description = "simple, full, a pipeline file, or a directory with one file per kind of leaf",
        DefaultValueFactory = static _ => "simple",
        HelpName = "NAME|FILE",
    };

    private readonly Option<uint> _samples = new("--num-samples")
    {
        Description = "Exact number of samples per leaf [default: all samples that the pipeline makes of each seed]",
        HelpName = "N",
    };
    private readonly Option<uint> _scale = new("--scale-factor", "--sdg-scale-factor")
    {
        Description = "Without --num-samples: completions per seed [default: 30]",
        HelpName = "N",
    };
    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Random seed: same seed, files and teacher, same dataset",
        DefaultValueFactory = static _ => 42,
        HelpName = "N",
    };
    private readonly Option<uint> _chunk = new("--chunk-tokens") { Description = "Tokens per document chunk [default: 500]", HelpName = "N" };
    private readonly Option<uint?> _overlap = new("--chunk-overlap") { Description = "Tokens that adjacent chunks share [default: 100]", HelpName = "N" };
    private readonly Option<uint> _concurrency = new("--concurrency") { Description = "Concurrent calls [default: what the teacher can take]", HelpName = "N" };
    private readonly Option<uint> _batch = new("--batch-size") { Description = "Seeds per pipeline batch [default: 8]", HelpName = "N" };
    private readonly Option<double> _similarity = new("--similarity")
    {
        Description = "Drop questions whose similarity to another one (ROUGE-L, 0 to 1) exceeds this; 0 = drop exact duplicates only",
        HelpName = "LIMIT",
        DefaultValueFactory = static _ => 0,
    };

    private readonly Option<string?> _system = CommonOptions.Text("--system-prompt", "System message of every record", "TEXT");
    private readonly Option<uint> _tokens = new("--max-tokens")
    {
        Description = "Maximum tokens per completion of a knowledge block [default: as in the pipeline]",
        HelpName = "N",
    };
    private readonly Option<string?> _continue = CommonOptions.Text("--continue", "Reuse the samples of an earlier job of the same request", "JOB");

    public void AddTo(Command command)
    {
        foreach (
            var option in new Option[] { _pipeline, _samples, _scale, _seed, _chunk, _overlap, _concurrency, _batch, _similarity, _system, _tokens, _continue }
        )
        {
            command.Options.Add(option);
        }
    }

    public async Task<GenerateDataOptions> ReadAsync(ParseResult line, SynthesisFiles files, CancellationToken cancellationToken)
    {
        var options = new GenerateDataOptions
        {
            Pipeline = await files.AddPipelineAsync(line.GetRequiredValue(_pipeline), cancellationToken),
            Samples = line.GetValue(_samples),
            Scale = line.GetValue(_scale),
            Seed = line.GetValue(_seed),
            ChunkTokens = line.GetValue(_chunk),
            Concurrency = line.GetValue(_concurrency),
            Batch = line.GetValue(_batch),
            Similarity = line.GetValue(_similarity),
            SystemPrompt = line.GetValue(_system) ?? "",
            MaxTokens = line.GetValue(_tokens),
            ContinueJob = line.GetValue(_continue) ?? "",
        };
        if (line.GetValue(_overlap) is { } overlap)
        {
            options.ChunkOverlap = overlap;
        }

        return options;
    }
}
