using Ilab.Engine.Access;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.Catalog;

/// <summary>A model under one of its names, or an untagged model.</summary>
public sealed record ModelRecord : ICatalogRecord
{
    /// <summary>With tag; empty if untagged.</summary>
    public required string Name { get; init; }

    /// <summary>Digest of the manifest: the model's id.</summary>
    public required Digest Digest { get; init; }

    /// <summary>User id of the owner: of the name, or of an untagged object.</summary>
    public uint Uid { get; init; }

    /// <summary>Total size of all layers in bytes.</summary>
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

/// <summary>A model to be registered; its blobs are already in the store.</summary>
public sealed record NewModel
{
    /// <summary>Weight files, in order.</summary>
    public required IReadOnlyList<Digest> Weights { get; init; }

    /// <summary>LoRA adapters that are always applied to the weights.</summary>
    public IReadOnlyList<Digest> Adapters { get; init; } = [];

    /// <summary>Null = derived from the model's title, else <see cref="FileName"/>.</summary>
    public string? Name { get; init; }

    /// <summary>Register without a name.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Origin of the model.</summary>
    public required string Source { get; init; }

    public string FileName { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Replace an existing model of that name.</summary>
    public bool Replace { get; init; }

    /// <summary>On whose behalf: the owner of the name.</summary>
    public Caller Caller { get; init; } = Caller.Service;

    /// <summary>Text of a license file next to the weights.</summary>
    public string? License { get; init; }

    /// <summary>What it answers with unless a request says otherwise.</summary>
    public ModelSettings? Settings { get; init; }
}
