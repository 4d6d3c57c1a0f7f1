namespace Ilab.Data.Datasets;

/// <summary>Numbers about records.</summary>
public sealed record DatasetStatistics
{
    public long Samples { get; init; }

    public long Messages { get; init; }

    /// <summary>Unicode scalar values of all contents.</summary>
    public long Characters { get; init; }

    /// <summary>Runs of characters between white space.</summary>
    public long Words { get; init; }

    /// <summary>Records whose messages another record has, too.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages by role.</summary>
    public SortedDictionary<string, long> Roles { get; set; } = [];

    /// <summary>Samples by the words of what the user says, in steps of <see cref="Bounds"/>.</summary>
    public IReadOnlyList<long> UserWords { get; set; } = [];

    /// <summary>Samples by the words of what the assistant says.</summary>
    public IReadOnlyList<long> AssistantWords { get; set; } = [];

    /// <summary>Upper ends of the steps, in words; the last step has none.</summary>
    public static IReadOnlyList<int> Bounds { get; } = [8, 16, 32, 64, 128, 256, 512, 1024];
}
