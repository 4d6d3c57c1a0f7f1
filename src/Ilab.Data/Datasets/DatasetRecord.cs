using Ilab.Engine.Access;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Datasets;

/// <summary>A dataset under one of its names, or an untagged dataset.</summary>
public sealed record DatasetRecord : ICatalogRecord
{
    /// <summary>With tag; empty if untagged.</summary>
    public required string Name { get; init; }

    /// <summary>Digest of the manifest: the dataset's id.</summary>
    public required Digest Digest { get; init; }

    /// <summary>User id of the owner: of the name, or of an untagged object.</summary>
    public uint Uid { get; init; }

    /// <summary>Total size of all files in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Number of records in the main file.</summary>
    public long Samples { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary><c>import:FILE</c>, <c>generate</c>, <c>mix</c>.</summary>
    public string Source { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>A file of a dataset.</summary>
/// <param name="Title">Path within the dataset, such as <c>leaves/birds.jsonl</c>.</param>
public sealed record DatasetFile(string Title, string MediaType, Digest Digest, long Size);

/// <summary>A dataset to be registered; its blobs are already in the store.</summary>
public sealed record NewDataset
{
    public required string Name { get; init; }

    /// <summary>The main file first, followed by the others.</summary>
    public required IReadOnlyList<DatasetFile> Files { get; init; }

    public required DatasetStatistics Statistics { get; init; }

    public required DatasetLineage Lineage { get; init; }

    public string Source { get; init; } = "";

    public bool Replace { get; init; }

    /// <summary>On whose behalf: the owner of the name.</summary>
    public Caller Caller { get; init; } = Caller.Service;

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
