namespace Ilab.Data.Mixing;

/// <summary>What is to be mixed.</summary>
public sealed record MixRequest
{
    public required string Name { get; init; }

    public bool Replace { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public required IReadOnlyList<MixPart> Parts { get; init; }

    public ulong Seed { get; init; } = 42;

    /// <summary>Of every record: put first, or in place of the one there is; empty = as they are.</summary>
    public string SystemPrompt { get; init; } = "";

    /// <summary>One part after the other, instead of shuffled.</summary>
    public bool KeepOrder { get; init; }

    /// <summary>Whose files are read.</summary>
    public uint Uid { get; init; }
}

/// <summary>A dataset or a file, and how much of it.</summary>
public sealed record MixPart
{
    /// <summary>Of a dataset.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Absolute path of a JSONL file that is no part of a dataset; null = there is a reference.</summary>
    public string? Path { get; init; }

    /// <summary>File of the dataset; null = the records.</summary>
    public string? File { get; init; }

    /// <summary>Of its records, such as 0.5 or 2; 0 = see <see cref="Count"/>.</summary>
    public double Ratio { get; init; }

    /// <summary>Records; with both 0 all of them.</summary>
    public long Count { get; init; }

    /// <summary>No record twice; more than there are is an error then.</summary>
    public bool WithoutReplacement { get; init; }

    /// <summary>How often the right document is among those put before a question, 0 to 1; null = no documents.</summary>
    public double? Golden { get; init; }

    public int Documents { get; init; } = 4;

    /// <summary>Whether it was there before: <see cref="MinimumShare"/> of others is a share of all such parts.</summary>
    public bool IsPrecomputed { get; init; }

    /// <summary>Of the records taken of precomputed parts: at least so many, drawn with replacement when there are fewer; 0 = as many as were asked
    /// for.</summary>
    public double MinimumShare { get; init; }
}
