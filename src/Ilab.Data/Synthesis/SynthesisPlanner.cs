using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Documents;
using Ilab.Data.Synthesis.Leaves;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis;

/// <summary>Estimated cost of a generation, if nothing is rejected; tokens are estimated without the teacher.</summary>
public sealed record SynthesisPlan(IReadOnlyList<PlannedLeaf> Leaves)
{
    /// <summary>What the figures do not include.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public long Calls => Leaves.Sum(static leaf => leaf.Calls);

    public long PromptTokens => Leaves.Sum(static leaf => leaf.PromptTokens);

    public long AnswerTokens => Leaves.Sum(static leaf => leaf.AnswerTokens);
}

/// <param name="Calls">Teacher requests.</param>
/// <param name="AnswerTokens">Upper bound.</param>
/// <param name="Samples">Samples expected from these requests.</param>
public sealed record PlannedLeaf(string Path, string Kind, int Seeds, int Chunks, long Calls, long PromptTokens, long AnswerTokens, double Samples)
{
    internal IReadOnlyList<PromptSizes> Prompts { get; init; } = [];
}

/// <summary>Reads all inputs of a generation, so that problems are reported before a job is created, and estimates its cost.</summary>
public static class SynthesisPlanner
{
    private const int TokensOfInstructions = 200;

    /// <exception cref="EngineException">INVALID_ARGUMENT: invalid files, documents or pipeline.</exception>
    public static async Task<SynthesisPlan> PlanAsync(SynthesisRequest request, SynthesisInputs inputs, CancellationToken cancellationToken)
    {
        var pipelines = PipelinesOf(request, inputs);
        var leaves = await new LeafReader(inputs, new Chunker(new EstimatedTokens(), request.ChunkTokens, request.ChunkOverlap))
            .ReadAsync(cancellationToken)
            .ConfigureAwait(false);
        return await PlanAsync(request, leaves, pipelines, new EstimatedTokens(), cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="EngineException">INVALID_ARGUMENT: a pipeline does not fit the seeds.</exception>
    internal static async Task<SynthesisPlan> PlanAsync(
        SynthesisRequest request,
        IReadOnlyList<Leaf> leaves,
        PipelineSet pipelines,
        ITokenCounter counter,
        CancellationToken cancellationToken
    )
    {
        var plans = new List<PlannedLeaf>();
        foreach (var leaf in leaves)
        {
            try
            {
                plans.Add(await PlanAsync(leaf, pipelines.For(leaf.Kind), request, counter, cancellationToken).ConfigureAwait(false));
            }
            catch (PipelineException exception)
            {
                throw exception.ToEngine($"pipeline {pipelines.Name}, {leaf.Path}");
            }
        }

        return new SynthesisPlan(plans) { Notes = NotesOn(leaves.Select(leaf => pipelines.For(leaf.Kind)).Distinct()) };
    }

    internal static PipelineSet PipelinesOf(SynthesisRequest request, SynthesisInputs inputs)
    {
        var files = inputs
            .Files.Where(static file => file.Kind == InputKind.Pipeline)
            .ToDictionary(static file => RequestFiles.Normalize(file.Path), static file => file.Content);
        return files.Count == 0 ? BuiltInPipelines.Load(request.Pipeline) : PipelineLoader.Load(RequestFiles.Normalize(request.Pipeline), files);
    }

    private static IReadOnlyList<string> NotesOn(IEnumerable<Pipeline> pipelines) =>
        [
            .. pipelines
                .SelectMany(static pipeline => pipeline.Steps.SkipLast(1))
                .Where(static step => step.Block.IsOpenEnded)
                .Select(static step =>
                    $"block {step.Block.Name}: the teacher decides how many rows an answer becomes; the plan counts one. "
                    + "batch_kwargs: {num_samples: N} in the pipeline says how many to expect"
                )
                .Distinct(StringComparer.Ordinal),
        ];

    private static async Task<PlannedLeaf> PlanAsync(
        Leaf leaf,
        Pipeline pipeline,
        SynthesisRequest request,
        ITokenCounter counter,
        CancellationToken cancellationToken
    )
    {
        var rows = await LeafSynthesizer
            .PrepareAsync(leaf, pipeline, request, static _ => new BlockRun("plan", new NoTeacher(), 1), cancellationToken)
            .ConfigureAwait(false);
        var prompts = await Rehearsal.MeasureAsync(pipeline, rows, request, counter, cancellationToken).ConfigureAwait(false);
        var usual = prompts.Count > 0 ? prompts.Average(static step => step.Average) : TokensOfInstructions;
        var plan = Cost(rows.Count, pipeline, request, index => prompts.FirstOrDefault(step => step.Step == index)?.Average ?? usual);
        return new PlannedLeaf(
            leaf.Path,
            leaf.Kind,
            leaf.Rows.Count,
            leaf.Chunks,
            (long)Math.Ceiling(plan.Calls),
            (long)plan.PromptTokens,
            (long)plan.AnswerTokens,
            plan.Rows
        )
        {
            Prompts = prompts,
        };
    }

    /// <summary>Simulates the generator with nothing rejected: wave after wave until there are enough samples.</summary>
    private static BlockPlan Cost(int rows, Pipeline pipeline, SynthesisRequest request, Func<int, double> promptOf)
    {
        if (request.Samples == 0 || rows == 0)
        {
            return pipeline.Plan(rows, request.Scale, promptOf);
        }

        var sum = new BlockPlan();
        while (sum.Rows < request.Samples)
        {
            var before = sum.Rows;
            foreach (var portion in Portions.Of(request.Samples - before, rows, scale => pipeline.Plan(1, scale).Rows))
            {
                var plan = pipeline.Plan(portion.Rows, portion.Scale, promptOf);
                sum = new BlockPlan(sum.Calls + plan.Calls, sum.Rows + plan.Rows, sum.AnswerTokens + plan.AnswerTokens)
                {
                    PromptTokens = sum.PromptTokens + plan.PromptTokens,
                };
            }

            if (sum.Rows <= before)
            {
                break; // a pipeline without expected output
            }
        }

        return sum;
    }

    private sealed class NoTeacher : ITeacherCalls
    {
        public Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("a plan asks nobody");
    }
}
