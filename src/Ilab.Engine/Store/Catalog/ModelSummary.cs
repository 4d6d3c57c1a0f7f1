namespace Ilab.Engine.Store.Catalog;

/// <summary>What a GGUF header says of a model, as far as the engine needs it.</summary>
public sealed record ModelSummary
{
    public string Architecture { get; set; } = "";

    /// <summary>The model's own title; may be empty.</summary>
    public string Title { get; set; } = "";

    public string Quantization { get; set; } = "";

    public ulong Parameters { get; init; }

    /// <summary>Tokens it was trained with; 0 = not said.</summary>
    public int ContextLength { get; init; }

    /// <summary>Bytes of all weight files.</summary>
    public long Size { get; init; }

    public int Layers { get; init; }

    public int Heads { get; init; }

    public int KvHeads { get; init; }

    public int HeadDimension { get; init; }

    public int Embedding { get; init; }

    public int Vocabulary { get; init; }

    public bool HasChatTemplate { get; init; }

    public string License { get; set; } = "";

    /// <summary>Whether the pinned llama.cpp knows the architecture.</summary>
    public bool CanRun { get; init; }
}
