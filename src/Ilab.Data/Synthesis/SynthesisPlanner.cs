using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Documents;
using Ilab.Data.Synthesis.Leaves;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis;

/// <summary>Estimated cost of a generation, if nothing is rejected; tokens are estimated without the teacher.</summary>
public sealed record SynthesisPlan(IReadOnlyList<PlannedLeaf> Leaves)
{
    public long Calls => Leaves.Sum(static leaf => leaf.Calls);

    public long PromptTokens => Leaves.Sum(static leaf => leaf.PromptTokens);

    public long AnswerTokens => Leaves.Sum(static leaf => leaf.AnswerTokens);
}

/// <param name="Calls">Teacher requests.</param>
/// <param name="AnswerTokens">Upper bound.</param>
/// <param name="Samples">Samples expected from these requests.</param>
public sealed record PlannedLeaf(string Path, string Kind, int Seeds, int Chunks, long Calls, long PromptTokens, long AnswerTokens, double Samples);

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
        return await PlanAsync(request, leaves, pipelines, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="EngineException">INVALID_ARGUMENT: a pipeline does not fit the seeds.</exception>
    internal static async Task<SynthesisPlan> PlanAsync(
        SynthesisRequest request,
        IReadOnlyList<Leaf> leaves,
        PipelineSet pipelines,
        CancellationToken cancellationToken
    )
    {
        var plans = new List<PlannedLeaf>();
        foreach (var leaf in leaves)
        {
            try
            {
                plans.Add(await PlanAsync(leaf, pipelines.For(leaf.Kind), request, cancellationToken).ConfigureAwait(false));
            }
            catch (PipelineException exception)
            {
                throw exception.ToEngine($"pipeline {pipelines.Name}, {leaf.Path}");
            }
        }

        return new SynthesisPlan(plans);
    }

    internal static PipelineSet PipelinesOf(SynthesisRequest request, SynthesisInputs inputs)
    {
        var files = inputs
            .Files.Where(static file => file.Kind == InputKind.Pipeline)
            .ToDictionary(static file => RequestFiles.Normalize(file.Path), static file => file.Content);
        return files.Count == 0 ? BuiltInPipelines.Load(request.Pipeline) : PipelineLoader.Load(RequestFiles.Normalize(request.Pipeline), files);
    }

    private static async Task<PlannedLeaf> PlanAsync(Leaf leaf, Pipeline pipeline, SynthesisRequest request, CancellationToken cancellationToken)
    {
        var seeds = leaf.Rows.Count;
        var rows = (
            await LeafSynthesizer
                .PrepareAsync(leaf, pipeline, request, static _ => new BlockRun("plan", new NoTeacher(), 1), cancellationToken)
                .ConfigureAwait(false)
        ).Count;
        var (calls, answers, samples) = Cost(rows, pipeline, request);
        var prompt = seeds == 0 ? 0 : leaf.Rows.Average(static row => row.Names.Sum(name => EstimatedTokens.Of(row.Text(name, "")))) + TokensOfInstructions;
        return new PlannedLeaf(leaf.Path, leaf.Kind, seeds, leaf.Chunks, (long)Math.Ceiling(calls), (long)(calls * prompt), (long)answers, samples);
    }

    /// <summary>Simulates the generator with nothing rejected: wave after wave until there are enough samples.</summary>
    private static (double Calls, double AnswerTokens, double Samples) Cost(int rows, Pipeline pipeline, SynthesisRequest request)
    {
        if (request.Samples == 0 || rows == 0)
        {
            var plan = pipeline.Plan(rows, request.Scale);
            return (plan.Calls, plan.AnswerTokens, plan.Rows);
        }

        var (calls, tokens, made) = (0.0, 0.0, 0.0);
        while (made < request.Samples)
        {
            var before = made;
            foreach (var portion in Portions.Of(request.Samples - made, rows, scale => pipeline.Plan(1, scale).Rows))
            {
                var plan = pipeline.Plan(portion.Rows, portion.Scale);
                (calls, tokens, made) = (calls + plan.Calls, tokens + plan.AnswerTokens, made + plan.Rows);
            }

            if (made <= before)
            {
                break; // a pipeline without expected output
            }
        }

        return (calls, tokens, made);
    }

    private sealed class NoTeacher : ITeacherCalls
    {
        public Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("a plan asks nobody");
    }
}
