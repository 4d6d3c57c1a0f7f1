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

    /// <summary>A runner's program and libraries, those of the accelerator, and what a token of the vocabulary adds.</summary>
    private const long Process = 68_000_000,
        AcceleratorProcess = 12_000_000,
        BytesOfAToken = 128;

    /// <param name="model">Its header, or what its name tells.</param>
    /// <param name="spec">The training.</param>
    /// <param name="lanes">Threads of the accelerator that computes products of matrices; 0 = there is none.</param>
    public static TrainingNeed Of(ModelSummary model, TrainingSpec spec, int lanes)
    {
        var packedBytes =
            lanes == 0 ? 0
            : spec.Precision == "f32" ? BytesOfANumber
            : BytesOfAShort;
        var length = spec.MaxLength > 0 ? spec.MaxLength : Math.Min(UsualLength, model.ContextLength > 0 ? model.ContextLength : UsualLength);
        length = (length + LengthStep - 1) / LengthStep * LengthStep;
        var parameters = (long)model.Parameters;
        var trained = spec.IsWhole ? parameters : Adapters(model, spec);
        var linear = Math.Max(0, parameters - Embeddings(model)) + ((long)model.Vocabulary * model.Embedding);
        var graph = new TrainingGraphFormula(model, spec, length, lanes, FeedForward(model));
        return new TrainingNeed
        {
            Process = Process + (lanes > 0 ? AcceleratorProcess : 0) + (BytesOfAToken * model.Vocabulary),
            Weights = spec.IsWhole ? parameters * BytesOfANumber : model.Size,
            Packed = spec.IsWhole ? 0 : linear * packedBytes * Directions,
            Adapters = spec.IsWhole ? 0 : trained * BytesOfANumber,
            Gradients = trained * BytesOfANumber,
            Optimizer = trained * BytesOfANumber * 2,
            Activations = graph.Activations(),
            Scratch = graph.Scratch(),
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

    /// <summary>Width of the feed-forward layers; where it is not known, from what is left of the parameters, with experts of all of them.</summary>
    internal static long FeedForward(ModelSummary model)
    {
        if (model.FeedForward > 0)
        {
            return model.FeedForward;
        }

        if (model.Layers == 0 || model.Embedding == 0)
        {
            return 0;
        }

        var (query, key) = Heads(model);
        var layer = Math.Max(0, (long)model.Parameters - Embeddings(model)) / model.Layers;
        var attention = (2L * model.Embedding * query) + (2L * model.Embedding * key);
        return Math.Max(model.Embedding, (layer - attention) / (3L * model.Embedding));
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
    internal static (long Query, long Key) Heads(ModelSummary model) =>
        (Math.Max(model.Embedding, (long)model.Heads * model.HeadDimension), Math.Max(1, (long)model.KvHeads * model.HeadDimension));

    /// <summary>Numbers of the embedding table, and of the head where that is a matrix of its own: in small models it rarely is.</summary>
    private static long Embeddings(ModelSummary model)
    {
        const long Small = 2_000_000_000;
        var table = (long)model.Vocabulary * model.Embedding;
        return model.HasOwnHead ?? ((long)model.Parameters > Small && table * 2 < (long)model.Parameters) ? table * 2 : table;
    }
}
