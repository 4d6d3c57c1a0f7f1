using Ilab.Engine.Access;

namespace Ilab.Data.Mixing;

/// <summary>A request to mix datasets.</summary>
public sealed record MixRequest
{
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public required IReadOnlyList<MixPart> Parts { get; init; }

    public ulong Seed { get; init; } = 42;

    /// <summary>System prompt of every record, inserted or replacing an existing one; empty = unchanged.</summary>
    public string SystemPrompt { get; init; } = "";

    /// <summary>Keep the order of the parts instead of shuffling.</summary>
    public bool KeepOrder { get; init; }

    /// <summary>On whose behalf: the owner of the result, and the user whose permissions apply to files and datasets.</summary>
    public Caller Caller { get; init; } = Caller.Service;
}

/// <summary>A dataset or file, and how many of its records to use.</summary>
public sealed record MixPart
{
    /// <summary>Name or id of a dataset.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Absolute path of a JSONL file; null if a dataset is referenced.</summary>
    public string? Path { get; init; }

    /// <summary>Title of a file in the dataset; null = the main file.</summary>
    public string? File { get; init; }

    /// <summary>Fraction of its records, such as 0.5 or 2; 0 = use <see cref="Count"/>.</summary>
    public double Ratio { get; init; }

    /// <summary>Number of records; if both are 0, all.</summary>
    public long Count { get; init; }

    /// <summary>Sample without replacement; it is an error to request more records than there are.</summary>
    public bool WithoutReplacement { get; init; }

    /// <summary>Fraction of records whose context includes the golden document, 0 to 1; null = no documents.</summary>
    public double? Golden { get; init; }

    public int Documents { get; init; } = 4;

    /// <summary>Whether it is an existing dataset: <see cref="MinimumShare"/> of other parts refers to all such parts.</summary>
    public bool IsPrecomputed { get; init; }

    /// <summary>Minimum size as a fraction of the records from precomputed parts, sampled with replacement if it has fewer; 0 = no minimum.</summary>
    public double MinimumShare { get; init; }
}
