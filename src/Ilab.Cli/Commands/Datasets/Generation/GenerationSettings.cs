using System.CommandLine;
using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Datasets.Generation;

/// <summary>The options that say how to generate.</summary>
internal sealed class GenerationSettings
{
    private readonly Option<string> _pipeline = new("--pipeline") { Description = "simple, full, a pipeline file, or a folder with one for each kind", DefaultValueFactory = static _ => "simple", HelpName = "NAME|FILE" };
    private readonly Option<uint> _samples = new("--num-samples") { Description = "So many samples of each new leaf, exactly; without it all that the pipeline makes of each seed", HelpName = "N" };
    private readonly Option<uint> _scale = new("--scale-factor", "--sdg-scale-factor") { Description = "Without --num-samples: answers for each seed (30)", HelpName = "N" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "The same seed, files and teacher give the same dataset", DefaultValueFactory = static _ => 42, HelpName = "N" };
    private readonly Option<uint> _chunk = new("--chunk-tokens") { Description = "Tokens of a piece of a document (500)", HelpName = "N" };
    private readonly Option<uint?> _overlap = new("--chunk-overlap") { Description = "Tokens that a piece shares with the one before (100)", HelpName = "N" };
    private readonly Option<uint> _concurrency = new("--concurrency") { Description = "Calls at once; by default what the teacher can take", HelpName = "N" };
    private readonly Option<uint> _batch = new("--batch-size") { Description = "Seeds that go through the pipeline together (8)", HelpName = "N" };
    private readonly Option<double> _similarity = new("--similarity") { Description = "Questions more alike than this (ROUGE-L, 0 to 1) count as the same; 0 = only equal ones", HelpName = "LIMIT" };
    private readonly Option<string?> _system = new("--system-prompt") { Description = "System message of every record", HelpName = "TEXT" };
    private readonly Option<uint> _tokens = new("--max-tokens") { Description = "Tokens of an answer that makes knowledge, at most", HelpName = "N" };
    private readonly Option<string?> _continue = new("--continue") { Description = "Take over the answers of an earlier job of the same request", HelpName = "JOB" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _pipeline, _samples, _scale, _seed, _chunk, _overlap, _concurrency, _batch, _similarity, _system, _tokens, _continue })
        {
            command.Options.Add(option);
        }
    }

    public async Task<GenerateDataOptions> ReadAsync(ParseResult line, GenerationFiles files, CancellationToken cancellationToken)
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
