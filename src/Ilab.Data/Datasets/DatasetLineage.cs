namespace Ilab.Data.Datasets;

/// <summary>The origin of the records. Identical for two runs that produce the same records, since it is part of the dataset's digest.</summary>
public sealed record DatasetLineage
{
    /// <summary><c>import</c>, <c>generate</c> or <c>mix</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Commit of the taxonomy; empty if it is not a git repository.</summary>
    public string TaxonomyCommit { get; set; } = "";

    /// <summary>The inputs: qna.yaml files, documents, datasets.</summary>
    public IReadOnlyList<LineageInput> Inputs { get; set; } = [];

    /// <summary>Name of a model in the store, or URL and model of a remote teacher.</summary>
    public string Teacher { get; set; } = "";

    /// <summary>Digest of the teacher's manifest; empty for a remote teacher.</summary>
    public string TeacherDigest { get; set; } = "";

    public string Pipeline { get; set; } = "";

    public string PipelineDigest { get; set; } = "";

    public ulong? Seed { get; init; }

    /// <summary>Further parameters, by name.</summary>
    public SortedDictionary<string, string> Parameters { get; set; } = [];
}

/// <param name="Digest">sha256 of the content, or digest of a dataset's manifest.</param>
public sealed record LineageInput(string Name, string Digest);
