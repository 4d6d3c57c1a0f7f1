namespace Ilab.Gguf.Description;

/// <summary>
/// What a family computes between its embedding and its logits, as far as the names and shapes of its tensors do not say it: those tell which norms, biases,
/// gates and fused projections there are. Keys are settings of the GGUF below the architecture's name.
/// </summary>
public sealed record Computation
{
    /// <summary>Norms of the stream and of the heads of queries and keys.</summary>
    public NormKind Norm { get; init; } = NormKind.RootMeanSquare;

    /// <summary>Norms without weights are taken where a family has no tensors for them.</summary>
    public bool NormsAreBare { get; init; }

    /// <summary>Whether attention and feed-forward part each have a norm before them; else only after.</summary>
    public bool NormsBefore { get; init; } = true;

    /// <summary>Key of the norms' epsilon.</summary>
    public string Epsilon => Norm == NormKind.Layer ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";

    /// <summary>Name of the norm before the feed-forward part; it is after the attention elsewhere.</summary>
    public string FeedForwardNorm { get; init; } = "ffn_norm";

    public Turning Turning { get; init; } = Turning.Halves;

    public Activation Activation { get; init; } = Activation.Silu;

    public Blocks Blocks { get; init; } = Blocks.Sequential;

    /// <summary>Whether the embedding is multiplied by the root of its width.</summary>
    public bool ScalesEmbedding { get; init; }

    /// <summary>What the scores of the attention are multiplied by when no setting says it; null = one through the root of the head's length.</summary>
    public Func<DecoderMeasures, double>? AttentionScale { get; init; }

    /// <summary>Logits are multiplied by <c>logit_scale</c>, not divided by it.</summary>
    public bool MultipliesLogits { get; init; }

    /// <summary>Which layers see a sliding window, of the length that a setting says; null = the setting is not of this family.</summary>
    public WindowRule? Windows { get; init; }

    /// <summary>Every so many layers, one has no positions; 0 = all have them.</summary>
    public int RopeSkips { get; init; }

    /// <summary>
    /// Layers with positions see pieces of so many tokens, and queries of the others grow from there on, unless the setting of the window is 0: nothing of
    /// that is trained, texts are shorter. 0 = the family has none.
    /// </summary>
    public int Chunk { get; init; }

    /// <summary>Whether queries and keys get a norm of each head without weights once they are turned; by the number of experts.</summary>
    public Func<int, bool>? NormsTurned { get; init; }

    /// <summary>Whether values get a norm without weights.</summary>
    public bool NormsValues { get; init; }

    /// <summary>How tokens go to experts, where a layer has a router; null = the family has none.</summary>
    public ExpertRule? Experts { get; init; }

    /// <summary>Key of the bound of queries, keys and values.</summary>
    public string? Clamp { get; init; }

    /// <summary>Whether keys and values of all heads are made of one short vector.</summary>
    public bool IsLatent { get; init; }

    /// <summary>Whether each head has a number of its own that takes a share of the attention and gives nothing.</summary>
    public bool HasSinks { get; init; }
}

/// <summary>Kinds of norms.</summary>
public enum NormKind
{
    /// <summary>x / sqrt(mean(x^2) + epsilon).</summary>
    RootMeanSquare,

    /// <summary>The same of what is left without the mean.</summary>
    Layer,
}

/// <summary>Which values of a head turn together.</summary>
public enum Turning
{
    /// <summary>No rotary positions.</summary>
    None,

    /// <summary>i and i + 1.</summary>
    Neighbours,

    /// <summary>i and i + n/2.</summary>
    Halves,
}

/// <summary>Functions of feed-forward parts.</summary>
public enum Activation
{
    /// <summary>x * sigmoid(x).</summary>
    Silu,

    /// <summary>The form with tanh.</summary>
    Gelu,

    /// <summary>The form with the error function.</summary>
    ExactGelu,

    /// <summary>max(x, 0)^2.</summary>
    SquaredRelu,

    /// <summary>xIELU, whose numbers are settings for each layer.</summary>
    Xielu,
}

/// <summary>How attention and feed-forward part follow each other.</summary>
public enum Blocks
{
    /// <summary>The feed-forward part sees what the attention added.</summary>
    Sequential,

    /// <summary>Both see the input of the layer, behind one norm unless there are two.</summary>
    Parallel,

    /// <summary>Parallel where there is no second norm.</summary>
    ParallelWithoutSecondNorm,

    /// <summary>Parallel where <c>use_parallel_residual</c> says so.</summary>
    BySetting,
}

/// <summary>A router whose probabilities are a softmax over all experts.</summary>
/// <param name="Normalizes">Whether the weights of the chosen experts add up to one.</param>
public sealed record ExpertRule(bool Normalizes)
{
    /// <summary>Scores become probabilities each by its own sigmoid, unless a setting says otherwise.</summary>
    public bool IsSigmoid { get; init; }

    /// <summary>What an expert sees is multiplied by its weight, instead of what it makes.</summary>
    public bool WeighsInputs { get; init; }

    /// <summary>Gates are bound from above and ways up from both sides, as in gpt-oss.</summary>
    public bool IsBound { get; init; }
}

/// <summary>Sliding windows of <c>attention.sliding_window</c> tokens.</summary>
/// <param name="Period">The last of so many layers sees everything; 0 = none does. <c>attention.sliding_window_pattern</c> counts before it.</param>
public sealed record WindowRule(int Period)
{
    /// <summary>Length when no setting says it.</summary>
    public int Length { get; init; }

    /// <summary>Layers without a window have no positions.</summary>
    public bool OnlyWindowsTurn { get; init; }

    /// <summary>Where the settings have no window, all layers have positions all the same.</summary>
    public bool AllTurnWithout { get; init; }

    /// <summary>Base of the frequencies in layers with a window when <c>rope.freq_base_swa</c> is not there; null = that of the others.</summary>
    public double? Base { get; init; }

    /// <summary>Whether positions are stretched in layers with a window as in the others.</summary>
    public bool Stretches { get; init; }
}

/// <summary>Lengths that a scale may depend on.</summary>
public sealed record DecoderMeasures(int Layers, int Width, int Heads, int Head);
