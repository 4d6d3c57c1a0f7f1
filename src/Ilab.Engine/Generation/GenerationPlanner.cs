using Ilab.Engine.Generation.Documents;
using Ilab.Engine.Generation.Leaves;
using Ilab.Engine.Pipelines;

namespace Ilab.Engine.Generation;

/// <summary>About what a generation costs, when nothing is rejected; tokens are estimated without the teacher.</summary>
public sealed record GenerationPlan(IReadOnlyList<PlannedLeaf> Leaves)
{
    public long Calls => Leaves.Sum(static leaf => leaf.Calls);

    public long PromptTokens => Leaves.Sum(static leaf => leaf.PromptTokens);

    public long AnswerTokens => Leaves.Sum(static leaf => leaf.AnswerTokens);
}

public sealed record PlannedLeaf(string Path, string Kind, int Seeds, int Chunks, long Calls, long PromptTokens, long AnswerTokens);

/// <summary>Reads everything that a generation needs, so that what is wrong is told before there is a job, and counts.</summary>
public static class GenerationPlanner
{
    private const int TokensOfInstructions = 200;
    private const int LargestScale = 30;

    /// <exception cref="Errors.EngineException">INVALID_ARGUMENT: files, documents or pipeline are wrong.</exception>
    public static async Task<GenerationPlan> PlanAsync(GenerateRequest request, GenerationInputs inputs, CancellationToken cancellationToken)
    {
        var pipelines = PipelinesOf(request, inputs);
        var leaves = await new LeafReader(inputs, new Chunker(new EstimatedTokens(), request.ChunkTokens, request.ChunkOverlap)).ReadAsync(cancellationToken).ConfigureAwait(false);
        return new GenerationPlan([.. leaves.Select(leaf => Plan(leaf, pipelines.For(leaf.Kind), request))]);
    }

    internal static PipelineSet PipelinesOf(GenerateRequest request, GenerationInputs inputs)
    {
        var files = inputs.Files.Where(static file => file.Kind == InputKind.Pipeline).ToDictionary(static file => SentFiles.Normalize(file.Path), static file => file.Content);
        return files.Count == 0 ? BuiltInPipelines.Load(request.Pipeline) : PipelineLoader.Load(SentFiles.Normalize(request.Pipeline), files);
    }

    internal static PlannedLeaf Plan(Leaf leaf, Pipeline pipeline, GenerateRequest request)
    {
        var rows = leaf.Rows.Count;
        var scale = request.Samples == 0 ? request.Scale : Math.Clamp((request.Samples + rows - 1) / Math.Max(1, rows), 1, LargestScale);
        var plan = pipeline.Plan(rows, scale);

        // It ends when there are enough, after whole batches; and goes round again when there are too few.
        var share = request.Samples == 0 || plan.Rows <= 0 ? 1 : Math.Max(request.Samples / plan.Rows, Math.Min(1, (double)request.Batch / Math.Max(1, rows)));
        var prompt = rows == 0 ? 0 : leaf.Rows.Average(static row => row.Names.Sum(name => EstimatedTokens.Of(row.Text(name, "")))) + TokensOfInstructions;
        var calls = (long)Math.Ceiling(plan.Calls * share);
        return new PlannedLeaf(leaf.Path, leaf.Kind, rows, leaf.Chunks, calls, (long)(calls * prompt), (long)(plan.AnswerTokens * share));
    }
}
