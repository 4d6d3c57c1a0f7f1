namespace Ilab.Data.Datasets;

/// <summary>Statistics of records.</summary>
public sealed record DatasetStatistics
{
    public long Samples { get; init; }

    public long Messages { get; init; }

    /// <summary>Unicode scalar values of all contents.</summary>
    public long Characters { get; init; }

    /// <summary>Whitespace-separated words.</summary>
    public long Words { get; init; }

    /// <summary>Records with the same messages as an earlier one.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages by role.</summary>
    public SortedDictionary<string, long> Roles { get; set; } = [];

    /// <summary>Histogram of samples by words in user messages, with the buckets of <see cref="Bounds"/>.</summary>
    public IReadOnlyList<long> UserWords { get; set; } = [];

    /// <summary>Histogram of samples by words in assistant messages.</summary>
    public IReadOnlyList<long> AssistantWords { get; set; } = [];

    /// <summary>Upper bounds of the buckets, in words; the last bucket is unbounded.</summary>
    public static IReadOnlyList<int> Bounds { get; } = [8, 16, 32, 64, 128, 256, 512, 1024];
}
