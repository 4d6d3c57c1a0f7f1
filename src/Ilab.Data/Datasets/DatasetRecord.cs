using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Data.Datasets;

/// <summary>One name of one dataset, or a dataset that has none.</summary>
public sealed record DatasetRecord : ICatalogRecord
{
    /// <summary>With tag; empty when no name is left.</summary>
    public required string Name { get; init; }

    /// <summary>Of the manifest: the dataset's id.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Bytes of all files.</summary>
    public long Size { get; init; }

    /// <summary>Records of the main file.</summary>
    public long Samples { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary><c>import:FILE</c>, <c>generate</c>, <c>mix</c>.</summary>
    public string Source { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>A file of a dataset.</summary>
/// <param name="Title">Path inside of the dataset, such as <c>leaves/birds.jsonl</c>.</param>
public sealed record DatasetFile(string Title, string MediaType, Digest Digest, long Size);

/// <summary>A dataset to be made of blobs that are in the store.</summary>
public sealed record NewDataset
{
    public required string Name { get; init; }

    /// <summary>The records first, then what belongs to them.</summary>
    public required IReadOnlyList<DatasetFile> Files { get; init; }

    public required DatasetStatistics Statistics { get; init; }

    public required DatasetLineage Lineage { get; init; }

    public string Source { get; init; } = "";

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
