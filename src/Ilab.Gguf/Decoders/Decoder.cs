using Ilab.Gguf.Description;

namespace Ilab.Gguf.Decoders;

/// <summary>
/// All that one model computes between tokens and logits: its family's <see cref="Computation"/> with the lengths, settings and tensors of its file filled in.
/// Names are those of tensors, without <c>.weight</c> and <c>.bias</c>; a bias is there if the file has it.
/// </summary>
public sealed record Decoder
{
    public required string Architecture { get; init; }

    /// <summary>Length of a token's state.</summary>
    public required int Width { get; init; }

    /// <summary>In tokens.</summary>
    public required int ContextLength { get; init; }

    public required NormKind Norm { get; init; }

    public required float Epsilon { get; init; }

    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Factor of what a layer adds to the stream.</summary>
    public float ResidualScale { get; init; } = 1;

    public float LogitScale { get; init; } = 1;

    /// <summary>Logits become cap * tanh(x / cap); 0 = none.</summary>
    public float LogitCap { get; init; }

    /// <summary>Embeddings of places, added to those of tokens; null = none.</summary>
    public string? Places { get; init; }

    /// <summary>How queries grow with their place; null = they do not.</summary>
    public Temperature? Temperature { get; init; }

    public required DecoderNorm OutputNorm { get; init; }

    /// <summary>The output matrix: <c>output</c>, or <c>token_embd</c> where it is the embedding.</summary>
    public required string Head { get; init; }

    public required IReadOnlyList<DecoderLayer> Layers { get; init; }

    /// <summary>Names in the layers of all matrices that adapters may change, as <c>attn_q</c>.</summary>
    public IReadOnlyList<string> Modules =>
        [.. Layers.SelectMany(static layer => layer.Projections).Select(static projection => ModuleOf(projection.Name)).Distinct(StringComparer.Ordinal)];

    /// <summary>Those of them that the engine applies adapters to; the others have to be merged.</summary>
    public IReadOnlyList<string> AppliedModules => [.. Modules.Except(EngineAdapters.PassedOver(Architecture))];

    /// <summary>Whether a layer has experts: adapters can be trained beside them, the experts themselves cannot.</summary>
    public bool HasExperts => Layers.Any(static layer => layer.Experts is not null);

    /// <summary>The name in its layer of a tensor <c>blk.N.name</c> or <c>blk.N.name.weight</c>.</summary>
    public static string ModuleOf(string tensor) => tensor.Split('.', 4) is ["blk", _, var module, ..] ? module : tensor;
}

/// <summary>Queries at place p are multiplied by 1 + scale * ln(1 + floor(p / floor)).</summary>
public sealed record Temperature(float Scale, int Floor);

/// <summary>A norm.</summary>
/// <param name="Name">Of its weights; null = it has none.</param>
public sealed record DecoderNorm(string? Name);

/// <summary>A norm of queries or keys.</summary>
/// <param name="IsWhole">Over all heads at once, instead of each.</param>
public sealed record HeadNorm(string Name, bool IsWhole);

/// <summary>A matrix, or some rows of one that holds several.</summary>
/// <param name="Rows">0 = all.</param>
public sealed record Projection(string Name, long First = 0, long Rows = 0)
{
    public bool IsPart => Rows > 0;
}

/// <summary>Feed-forward parts of which each token takes some.</summary>
/// <param name="Router">Name of the matrix whose rows score the experts; the others are theirs, stacked.</param>
/// <param name="Bias">Name of what is added to the scores for the choice alone; null = nothing.</param>
/// <param name="Used">How many a token takes.</param>
public sealed record Experts(string Router, string Gate, string Up, string Down, string? Bias, int Used, bool Normalizes, float Scale)
{
    /// <summary>Names of what is added to the scores, and to the results of the three matrices; null = nothing.</summary>
    public (string? Router, string? Gate, string? Up, string? Down) Biases { get; init; }

    /// <summary>Gates and ways up are bound.</summary>
    public bool IsBound { get; init; }

    /// <summary>Scores become probabilities each by its own sigmoid.</summary>
    public bool IsSigmoid { get; init; }

    /// <summary>What an expert sees is multiplied by its weight.</summary>
    public bool WeighsInputs { get; init; }

    /// <summary>
    /// The experts are in so many groups of neighbours, of which a token goes to some: those with the largest sum of so many of their best. 0 = no groups.
    /// </summary>
    public (int Count, int Used, int Best) Groups { get; init; }
}

/// <summary>How queries and keys turn by their position.</summary>
/// <param name="Dimensions">How many values of each head turn.</param>
/// <param name="Factors">Name of a tensor that frequencies are divided by; null = none.</param>
/// <param name="LongFactors">The same for sequences longer than <paramref name="OriginalContext"/>.</param>
public sealed record Rotation(int Dimensions, bool IsHalves, float Base, string? Factors, string? LongFactors, int OriginalContext)
{
    /// <summary>Factor of positions.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>1 = yarn mixes stretched and plain frequencies.</summary>
    public float Extension { get; init; }

    /// <summary>Factor of what was turned.</summary>
    public float Magnitude { get; init; } = 1;

    public float BetaFast { get; init; } = 32;

    public float BetaSlow { get; init; } = 1;
}

/// <summary>
/// Attention whose keys and values are made of one short vector for all heads. The matrices that make keys and values of it work on queries and results
/// instead, so that there is one head of keys: the vector, and a part that turns.
/// </summary>
/// <param name="Turned">Makes the part of the keys that turns.</param>
/// <param name="Norm">Of the vector.</param>
/// <param name="KeyUp">Name of the stacked matrices [plain, rank, heads] that queries are multiplied by.</param>
/// <param name="ValueUp">Name of the stacked matrices [rank, values, heads] that make results of what was attended to.</param>
/// <param name="Plain">Numbers of a query that do not turn; they come first.</param>
/// <param name="Rank">Length of the vector.</param>
/// <param name="QueryDown">What the matrix of the queries works on, behind a norm; null = on the token.</param>
/// <param name="QueryNorm">Its norm.</param>
public sealed record Latent(
    Projection Turned,
    string Norm,
    string KeyUp,
    string ValueUp,
    int Plain,
    int Rank,
    Projection? QueryDown = null,
    string QueryNorm = ""
);

/// <summary>One layer.</summary>
public sealed record DecoderLayer
{
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; each serves <see cref="Group"/> of queries.</summary>
    public required int KeyHeads { get; init; }

    public required int HeadSize { get; init; }

    public int Group => Heads / KeyHeads;

    /// <summary>How many tokens back one sees, itself included; 0 = all.</summary>
    public int Window { get; init; }

    /// <summary>Null = no rotary positions.</summary>
    public Rotation? Rotation { get; init; }

    public required float AttentionScale { get; init; }

    /// <summary>Name of the numbers of the heads that take a share of the attention; null = none.</summary>
    public string? Sinks { get; init; }

    /// <summary>Scores become cap * tanh(x / cap); 0 = none.</summary>
    public float ScoreCap { get; init; }

    /// <summary>Bound of queries, keys and values; 0 = none.</summary>
    public float Clamp { get; init; }

    /// <summary>Queries and keys that were turned get a norm of each head without weights.</summary>
    public bool NormsTurned { get; init; }

    /// <summary>Values get a norm of each head without weights.</summary>
    public bool NormsValues { get; init; }

    public DecoderNorm? BeforeAttention { get; init; }

    public DecoderNorm? AfterAttention { get; init; }

    public DecoderNorm? BeforeFeedForward { get; init; }

    public DecoderNorm? AfterFeedForward { get; init; }

    public HeadNorm? QueryNorm { get; init; }

    public HeadNorm? KeyNorm { get; init; }

    /// <summary>The feed-forward part sees the input of the layer, not what the attention added.</summary>
    public bool IsParallel { get; init; }

    public required Projection Query { get; init; }

    public required Projection Key { get; init; }

    /// <summary>Null = keys and values of their own; else <see cref="Key"/> makes the short vector, and there is no <see cref="Value"/>.</summary>
    public Latent? Latent { get; init; }

    /// <summary>Null = values are keys before their norm.</summary>
    public Projection? Value { get; init; }

    public required Projection Output { get; init; }

    /// <summary>Null = no gate.</summary>
    public Projection? Gate { get; init; }

    /// <summary>Null = experts alone.</summary>
    public Projection? Up { get; init; }

    public Projection? Down { get; init; }

    /// <summary>Null = none; what all tokens take is added to them.</summary>
    public Experts? Experts { get; init; }

    /// <summary>Name of a vector whose sigmoid product with a token is a factor of what all tokens take; null = none.</summary>
    public string? SharedGate { get; init; }

    public required Activation Activation { get; init; }

    /// <summary>Of xIELU: the factors below and above zero, and the linear one.</summary>
    public IReadOnlyList<float> ActivationNumbers { get; init; } = [];

    /// <summary>Name of a number that the layer's result is multiplied by; null = none.</summary>
    public string? OutputScale { get; init; }

    public IEnumerable<Projection> Projections => new[] { Latent?.QueryDown, Query, Key, Latent?.Turned, Value, Output, Gate, Up, Down }.OfType<Projection>();
}
