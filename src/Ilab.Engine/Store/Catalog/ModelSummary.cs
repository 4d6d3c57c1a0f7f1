using System.Text.Json.Serialization;

namespace Ilab.Engine.Store.Catalog;

/// <summary>The properties in a GGUF header that the engine needs.</summary>
public sealed record ModelSummary
{
    public string Architecture { get; set; } = "";

    /// <summary>The model's title; may be empty.</summary>
    public string Title { get; set; } = "";

    public string Quantization { get; set; } = "";

    public ulong Parameters { get; init; }

    /// <summary>Context length used in training; 0 = unspecified.</summary>
    public int ContextLength { get; init; }

    /// <summary>Total size of all weight files in bytes.</summary>
    public long Size { get; init; }

    public int Layers { get; init; }

    public int Heads { get; init; }

    public int KvHeads { get; init; }

    public int HeadDimension { get; init; }

    public int Embedding { get; init; }

    public int Vocabulary { get; init; }

    /// <summary>Width of the feed-forward layers; 0 = unknown: summaries of earlier versions do not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FeedForward { get; init; }

    /// <summary>Whether the output matrix is another one than the embedding; null = unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? HasOwnHead { get; init; }

    public bool HasChatTemplate { get; init; }

    public string License { get; set; } = "";

    /// <summary>What it is for if it does not write text (<see cref="ModelPurpose"/>), or null.</summary>
    public string? Purpose { get; init; }

    /// <summary>What the file says and the engine computes otherwise, one line each; null = nothing. Summaries of earlier versions do not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Whether the pinned llama.cpp supports the architecture.</summary>
    public bool CanRun { get; init; }
}
