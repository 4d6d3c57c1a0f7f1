namespace Ilab.Engine.Wizard.Facts;

/// <summary>Memory of a training by the shape of its model, in bytes: an estimate to choose by. The runner plans again with its graph.</summary>
internal static class TrainingFootprint
{
    public const int Rank = 16; // where none is given

    private const int Float = 4,
        BytesOfATrainedParameter = 16, // weight, gradient and two moments in F32
        LinearLayers = 7,
        WidthsOfALayer = 4, // of both sides of a linear layer, on average
        WidthsPerFeedForward = 4; // of a feed-forward layer, where its width is not known

    // Numbers that a token leaves in a layer for the way back: in widths of the stream and of the feed-forward layer.
    private const double KeptWidths = 14,
        KeptFeedForwards = 6,
        KeptScores = 1.5, // rows of attention, per head
        LearnedShare = 0.7; // tokens with logits

    /// <summary>Weights, gradients and moments.</summary>
    /// <param name="type"><c>lora</c>, <c>qlora</c> or <c>full</c>.</param>
    /// <param name="rank">Of adapters.</param>
    public static long State(ModelFacts model, string type, int rank) =>
        type == "full"
            ? (long)model.Parameters * BytesOfATrainedParameter
            : model.Size
                + ((long)rank * Math.Max(model.Layers, 1) * LinearLayers * WidthsOfALayer * Math.Max(model.Embedding, 1) * BytesOfATrainedParameter);

    /// <summary>What a batch leaves for its way back.</summary>
    /// <param name="sequences">Per batch.</param>
    /// <param name="length">Tokens per sequence.</param>
    /// <param name="checkpointing">Whether only one layer's is there at a time.</param>
    public static long Activations(ModelFacts model, int sequences, int length, bool checkpointing)
    {
        double width = model.Embedding,
            inner = model.FeedForward > 0 ? model.FeedForward : width * WidthsPerFeedForward,
            layer = (KeptWidths * width) + (KeptFeedForwards * inner) + (KeptScores * model.Heads * length),
            layers = checkpointing ? layer + (width * model.Layers) : layer * model.Layers,
            logits = 3 * LearnedShare * model.Vocabulary;
        return (long)(Float * (double)sequences * length * (layers + logits));
    }

    public static long Of(ModelFacts model, string type, int rank, int sequences, int length, bool checkpointing) =>
        State(model, type, rank) + Activations(model, sequences, length, checkpointing);
}
