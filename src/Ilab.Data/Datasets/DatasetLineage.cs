namespace Ilab.Data.Datasets;

/// <summary>Where records come from. Nothing of it changes between two runs that give the same records: it is part of the dataset's digest.</summary>
public sealed record DatasetLineage
{
    /// <summary><c>import</c>, <c>generate</c> or <c>mix</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Commit of the taxonomy; empty when it is a plain folder.</summary>
    public string TaxonomyCommit { get; set; } = "";

    /// <summary>What went in: files of questions, documents, datasets.</summary>
    public IReadOnlyList<LineageInput> Inputs { get; set; } = [];

    /// <summary>Name of a model of the store, or address and model of a service elsewhere.</summary>
    public string Teacher { get; set; } = "";

    /// <summary>Of the teacher's manifest; empty when it is elsewhere.</summary>
    public string TeacherDigest { get; set; } = "";

    public string Pipeline { get; set; } = "";

    public string PipelineDigest { get; set; } = "";

    public ulong? Seed { get; init; }

    /// <summary>Further parameters, by name.</summary>
    public SortedDictionary<string, string> Parameters { get; set; } = [];
}

/// <param name="Digest">sha256 of its bytes, or of a dataset's manifest.</param>
public sealed record LineageInput(string Name, string Digest);
