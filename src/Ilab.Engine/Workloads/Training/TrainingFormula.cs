using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>
/// What a training takes, computed from the dimensions of its model alone: where no runner can lay out its graphs, and as the least that a job asks for before
/// its runner has done so.
/// </summary>
public static class TrainingFormula
{
    private const int BytesOfANumber = sizeof(float),
        BytesOfAShort = 2,
        Directions = 2,
        LengthStep = 32,
        UsualLength = 2048,
        Linears = 7;

    /// <summary>Residual streams, norms and heads that a layer keeps of each token, in widths of the model.</summary>
    private const double KeptWidths = 13;

    /// <summary>A runner's program and libraries.</summary>
    private const long Process = 130L << 20;

    /// <param name="model">Its header, or what its name tells.</param>
    /// <param name="spec">The training.</param>
    /// <param name="isAccelerated">Whether there are copies of frozen weights in the order of an accelerator.</param>
    public static TrainingNeed Of(ModelSummary model, TrainingSpec spec, bool isAccelerated)
    {
        var packedBytes =
            !isAccelerated ? 0
            : spec.Precision == "f32" ? BytesOfANumber
            : BytesOfAShort;
        var length = spec.MaxLength > 0 ? spec.MaxLength : Math.Min(UsualLength, model.ContextLength > 0 ? model.ContextLength : UsualLength);
        length = (length + LengthStep - 1) / LengthStep * LengthStep;
        var parameters = (long)model.Parameters;
        var trained = spec.IsWhole ? parameters : Adapters(model, spec);
        var linear = Math.Max(0, parameters - Embeddings(model)) + ((long)model.Vocabulary * model.Embedding);
        return new TrainingNeed
        {
            Process = spec.IsOnProcessor ? Process : Process / 2,
            Weights = spec.IsWhole ? parameters * BytesOfANumber : model.Size,
            Packed = spec.IsWhole ? 0 : linear * packedBytes * Directions,
            Adapters = spec.IsWhole ? 0 : trained * BytesOfANumber,
            Gradients = trained * BytesOfANumber,
            Optimizer = trained * BytesOfANumber * 2,
            Activations = Activations(model, spec, length),
            Scratch = packedBytes > 0 ? (long)spec.BatchSize * length * FeedForward(model) * BytesOfANumber * 2 : 0,
            Trained = trained,
            Length = length,
            Sequences = spec.BatchSize,
        };
    }

    /// <summary>
    /// Bytes of weights, adapters, gradients and optimizer moments, without what depends on libraries and data: a training that fits must not be rejected
    /// before its runner has planned it.
    /// </summary>
    public static long Least(ModelSummary model, TrainingSpec spec)
    {
        const int CopiesOfATrainedNumber = 4; // itself, its gradient and two moments
        // Which matrices have adapters depends on the family: one of each layer has, and is at least as long as the model is wide.
        var trained = spec.IsWhole ? (long)model.Parameters : (long)spec.Rank * model.Layers * model.Embedding;
        return (spec.IsWhole ? 0 : model.Size) + (trained * BytesOfANumber * CopiesOfATrainedNumber);
    }

    /// <summary>Length of the feed-forward layers, from what is left of the parameters; with experts, of all of them.</summary>
    internal static long FeedForward(ModelSummary model)
    {
        if (model.Layers == 0 || model.Embedding == 0)
        {
            return 0;
        }

        var (query, key) = Heads(model);
        var layer = Math.Max(0, (long)model.Parameters - Embeddings(model)) / model.Layers;
        var attention = (2L * model.Embedding * query) + (2L * model.Embedding * key);
        return Math.Max(model.Embedding, (layer - attention) / (3L * model.Embedding));
    }

    private static long Activations(ModelSummary model, TrainingSpec spec, int length)
    {
        var (query, key) = Heads(model);
        var tokens = (double)spec.BatchSize * length;
        var adapters = spec.IsWhole ? 0 : Linears * spec.Rank;
        var layer =
            tokens
            * ((KeptWidths * model.Embedding) + (2 * query) + (4 * key) + (4 * FeedForward(model)) + (2.0 * Math.Max(1, model.Heads) * length) + adapters);
        var layers = spec.GradientCheckpointing ? (2 * layer) + (tokens * model.Embedding * (model.Layers + 3)) : layer * model.Layers;
        var logits = 2 * tokens * model.Vocabulary;
        return (long)((layers + logits) * BytesOfANumber);
    }

    /// <summary>Numbers of the adapters: rank times the two lengths of each matrix.</summary>
    private static long Adapters(ModelSummary model, TrainingSpec spec)
    {
        var (query, key) = Heads(model);
        long width = model.Embedding,
            forward = FeedForward(model);
        long[] sums = [width + query, width + key, width + key, query + width, width + forward, width + forward, forward + width];
        var share = spec.TargetModules.Count > 0 ? Math.Min(1, spec.TargetModules.Count / (double)Linears) : 1;
        return (long)(share * sums.Sum() * spec.Rank * model.Layers);
    }

    /// <summary>Lengths of all queries, and of all keys, of a token.</summary>
    private static (long Query, long Key) Heads(ModelSummary model) =>
        (Math.Max(model.Embedding, (long)model.Heads * model.HeadDimension), Math.Max(1, (long)model.KvHeads * model.HeadDimension));

    /// <summary>Numbers of the embedding table, and of the head where that is a matrix of its own: in small models it rarely is.</summary>
    private static long Embeddings(ModelSummary model)
    {
        const long Small = 2_000_000_000;
        var table = (long)model.Vocabulary * model.Embedding;
        return (long)model.Parameters > Small && table * 2 < (long)model.Parameters ? table * 2 : table;
    }
}
