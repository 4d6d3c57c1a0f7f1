using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>One name of one model, or a model that has none.</summary>
public sealed record ModelRecord : ICatalogRecord
{
    /// <summary>With tag; empty when the model has no name left.</summary>
    public required string Name { get; init; }

    /// <summary>Of the manifest: the model's id.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Bytes of all layers.</summary>
    public long Size { get; init; }

    public string Architecture { get; init; } = "";

    public string Quantization { get; init; } = "";

    public ulong Parameters { get; init; }

    public int ContextLength { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>Null = never.</summary>
    public DateTimeOffset? LastUsed { get; init; }

    public string Source { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>A model to be made from blobs that are in the store already.</summary>
public sealed record NewModel
{
    /// <summary>Weight files, first part first.</summary>
    public required IReadOnlyList<Digest> Weights { get; init; }

    /// <summary>Low-rank adapters that are always used with the weights.</summary>
    public IReadOnlyList<Digest> Adapters { get; init; } = [];

    /// <summary>Null = from the model's title, else <see cref="FileName"/>.</summary>
    public string? Name { get; init; }

    /// <summary>No name at all.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Where it came from.</summary>
    public required string Source { get; init; }

    public string FileName { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Moves the name when another model has it.</summary>
    public bool Replace { get; init; }

    /// <summary>Text of a license file found beside the weights.</summary>
    public string? License { get; init; }
}
