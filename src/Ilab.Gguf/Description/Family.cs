namespace Ilab.Gguf.Description;

/// <summary>
/// All that is particular to a family of models: how its checkpoints name and lay out their tensors, which settings a GGUF of it has, and what its tokenizer
/// is. Conversion reads nothing else of a family.
/// </summary>
public sealed record Family
{
    /// <summary>llama.cpp's name for the computation, and the beginning of the metadata's keys.</summary>
    public required string Architecture { get; init; }

    /// <summary>Names of the classes in a config's <c>architectures</c>; the first is written on the way back.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The <c>model_type</c> of a config.</summary>
    public required string ModelType { get; init; }

    /// <summary>What the config class takes for a missing key, as a JSON object.</summary>
    public string Defaults { get; init; } = "{}";

    /// <summary>Measures that are worked out in another way than usual, or that only this family has.</summary>
    public IReadOnlyDictionary<string, string> Measures { get; init; } = new Dictionary<string, string>();

    /// <summary>Measures that differ between layers: null = as everywhere.</summary>
    public Func<ModelConfig, int, string, long?>? LayerMeasures { get; init; }

    /// <summary>Settings in the GGUF; a later rule takes the place of an earlier one with the same key.</summary>
    public required IReadOnlyList<MetadataRule> Metadata { get; init; }

    /// <summary>Tensors that are there once.</summary>
    public required IReadOnlyList<TensorRule> Tensors { get; init; }

    /// <summary>What the names of a layer's tensors begin with in the checkpoint; <c>{l}</c> stands for its number.</summary>
    public string LayerPath { get; init; } = "model.layers.{l}.";

    /// <summary>Tensors of each layer; names are relative to <see cref="LayerPath"/> and <c>blk.{l}.</c></summary>
    public required IReadOnlyList<TensorRule> LayerTensors { get; init; }

    /// <summary>Names of tensors that carry nothing for the GGUF: <c>*</c> stands for anything.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Parts of names that some checkpoints of the family have and others have not.</summary>
    public IReadOnlyList<(string From, string To)> Renames { get; init; } = [];

    /// <summary>Tensors that are made of settings alone.</summary>
    public IReadOnlyList<ComputedTensor> Computed { get; init; } = [];

    /// <summary>Settings of the GGUF that checkpoints hold as tensors of one value per layer.</summary>
    public IReadOnlyList<LayerScalar> ScalarsOfLayers { get; init; } = [];

    public VocabularyRules Vocabulary { get; init; } = new();

    /// <summary>Activation functions of <c>hidden_act</c> that the computation has; empty = any.</summary>
    public IReadOnlyList<string> Activations { get; init; } = [];

    /// <summary>What is wrong with a config for this family beyond missing lengths, one line each.</summary>
    public Func<ModelConfig, IEnumerable<string>>? Check { get; init; }

    /// <summary>What a GGUF cannot say, or the computation does not do, and changes results: one line each.</summary>
    public Func<ModelConfig, IEnumerable<string>>? Warnings { get; init; }

    /// <summary>Whether the engine sees everything where the settings say a sliding window.</summary>
    public bool IgnoresWindows { get; init; }

    /// <summary>Another family for some configs of this one, e.g. when a hybrid has layers of one kind alone; null = this one.</summary>
    public Func<ModelConfig, Family?>? Variant { get; init; }

    /// <summary>Whether the type of most matrices is written; llama.cpp's converter leaves it out for some.</summary>
    public bool SaysFileType { get; init; } = true;

    /// <summary>Embeddings instead of text.</summary>
    public bool IsEncoder { get; init; }

    /// <summary>What is computed with the tensors, for training; null = it cannot be trained, see <see cref="Untrained"/>.</summary>
    public Computation? Computation { get; init; }

    /// <summary>Why it cannot be trained, as <c>its layers are recurrent</c>; for families without a <see cref="Computation"/>.</summary>
    public string? Untrained { get; init; }

    /// <summary>The config that a GGUF of it stands for; a later rule takes the place of an earlier one. Null = it cannot be converted back.</summary>
    public IReadOnlyList<ConfigRule>? Back { get; init; }

    /// <summary>Whether a GGUF of the architecture is of this family, where several share it; null = any is.</summary>
    public Func<GgufFile, bool>? Fits { get; init; }

    /// <summary>How the names of tensors begin that transformers saves, where the description has others; each name takes the first that fits.</summary>
    public IReadOnlyList<(string From, string To)> SavedAs { get; init; } = [];

    /// <summary>Of a model that sees, whose text part alone is in a GGUF: how the config of the whole is written. Null = it has one part.</summary>
    public TextPart? Part { get; init; }

    /// <summary>Whether a GGUF of it can be converted back into a folder.</summary>
    public bool ConvertsBack => Back is not null;
}

/// <summary>The text part of a model with several.</summary>
/// <param name="ModelType">Its <c>model_type</c>; that of the whole is the family's.</param>
/// <param name="Vision">What the config says of the part that sees, whose weights a GGUF has not.</param>
public sealed record TextPart(string ModelType, Func<GgufSource, IReadOnlyDictionary<string, object?>> Vision);

/// <summary>A number of each layer that a checkpoint has as a tensor.</summary>
/// <param name="Key">The list in the GGUF.</param>
/// <param name="Source">Name in the layer of the checkpoint.</param>
/// <param name="HasAxis">Whether the tensor has an axis (of length 1).</param>
public sealed record LayerScalar(string Key, string Source, bool HasAxis);

/// <summary>A tensor that no checkpoint has.</summary>
/// <param name="Name">In the GGUF.</param>
/// <param name="Values">Null = this model has none.</param>
public sealed record ComputedTensor(string Name, Func<ModelConfig, Measures, float[]?> Values);
