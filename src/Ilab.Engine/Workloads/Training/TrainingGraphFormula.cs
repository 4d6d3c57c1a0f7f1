using Ilab.Engine.Store.Catalog;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>
/// What the graphs of a batch hold at their largest. The factors come from what runners lay out for models of many shapes; PlanTierTests holds both against
/// each other.
/// </summary>
/// <param name="length">Tokens of a sequence.</param>
/// <param name="lanes">Threads of the accelerator; 0 = there is none.</param>
/// <param name="feedForward">Width of the feed-forward layers.</param>
internal sealed class TrainingGraphFormula(ModelSummary model, TrainingSpec spec, int length, int lanes, long feedForward)
{
    private const int Linears = 7,
        Both = 2;

    /// <summary>Inputs of norms and products that a layer keeps of each token, in widths of the model.</summary>
    private const double WidthsOfAdapters = 4,
        WidthsOfWhole = 6;

    /// <summary>Numbers of the gated layer that are kept, and those beside them while its gradient is computed, in its widths.</summary>
    private const double GatedForwards = 3,
        PassingForwards = 2;

    /// <summary>Scores of attention that are there while their gradient is computed, beside those that are kept.</summary>
    private const double PassingScores = 1.5;

    /// <summary>
    /// Copies of the head in F32 that are turned for its gradient: of one in F32, in blocks, and in blocks of blocks, whose rows are read as well.
    /// </summary>
    private const double Turned = 1,
        TurnedOfBlocks = 2,
        TurnedOfSuperBlocks = 2.5;

    private readonly (long Query, long Key) _attention = TrainingFormula.Heads(model);
    private readonly double _tokens = (double)spec.BatchSize * length;
    private readonly double _head = (double)model.Vocabulary * model.Embedding;

    private double Scores => (double)Math.Max(1, model.Heads) * length;

    /// <summary>Heads of queries for each head of keys.</summary>
    private double Group => Math.Max(1, model.Heads) / (double)Math.Max(1, model.KvHeads);

    /// <summary>Bytes of activations, their gradients, and inputs.</summary>
    public long Activations()
    {
        double width = model.Embedding,
            vocabulary = model.Vocabulary,
            masks = Both * Group * length;
        var passing = Math.Max(PassingForwards * feedForward, (PassingScores * Scores) - (GatedForwards * feedForward)) + width;
        if (!spec.GradientCheckpointing)
        {
            return Bytes((_tokens * ((Kept() * model.Layers) + vocabulary + Math.Max(vocabulary, passing) + masks)) + (HeadCopies() * _head));
        }

        // One layer with its gradients, or the head.
        var layer = _tokens * (Kept() + passing);
        var head = (_tokens * Both * vocabulary) + (HeadCopies() * _head);
        return Bytes((_tokens * ((width * (model.Layers + 1 + Both)) + masks)) + Math.Max(layer, head));
    }

    /// <summary>Bytes in which the accelerator's threads bring operands and results into their order.</summary>
    public long Scratch()
    {
        if (lanes == 0)
        {
            return 0;
        }

        // Of wide products, the threads have columns each, and all of them every row.
        var isByColumns = spec.IsWhole && model.Embedding > _tokens;
        var wide = _tokens * Math.Max(model.Vocabulary, feedForward);
        var sources = wide * (isByColumns ? lanes : 1);
        var results = Math.Max(wide, spec.IsWhole ? _head : 0);
        var tiles = Math.Max(lanes * Group * length * length, spec.IsWhole ? _head * (isByColumns ? 1 : lanes) : 0);
        return Bytes(sources + results + tiles);
    }

    /// <summary>Numbers that a layer keeps of each token for its gradient.</summary>
    private double Kept()
    {
        var (query, key) = _attention;
        var adapters = Linears * spec.Rank;
        return ((spec.IsWhole ? WidthsOfWhole : WidthsOfAdapters) * model.Embedding)
            + (Both * (query + key))
            + Scores
            + (GatedForwards * feedForward)
            + (spec.IsWhole ? 0 : adapters);
    }

    /// <summary>The head's gradient, and copies of the head where no accelerator reads it as it lies.</summary>
    private double HeadCopies() =>
        (spec.IsWhole ? 1 : 0)
        + (
            lanes > 0 ? 0
            : spec.IsWhole || model.Quantization == "F32" ? Turned
            : model.Quantization.Contains("_K", StringComparison.Ordinal) ? TurnedOfSuperBlocks
            : TurnedOfBlocks
        );

    private static long Bytes(double numbers) => (long)(numbers * sizeof(float));
}
