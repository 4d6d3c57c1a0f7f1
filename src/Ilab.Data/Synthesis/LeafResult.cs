using Ilab.Data.Synthesis.Leaves;

namespace Ilab.Data.Synthesis;

/// <summary>The results of a leaf so far. Depends only on seeds, completions and parameters, never on timing. One writer, concurrent readers.</summary>
internal sealed class LeafResult(Leaf leaf)
{
    private readonly SortedDictionary<string, long> _rejected = new(StringComparer.Ordinal);
    private long _rejectedInAll;

    public Leaf Leaf => leaf;

    public List<GeneratedSample> Samples { get; } = [];

    /// <summary>Current counts by block and reason.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Rejected
    {
        get
        {
            lock (_rejected)
            {
                return [.. _rejected];
            }
        }
    }

    public long Duplicates { get; set; }

    public long Calls { get; set; }

    public long PromptTokens { get; set; }

    public long AnswerTokens { get; set; }

    /// <summary>Whether all requested samples are available.</summary>
    public bool IsComplete { get; set; }

    public long RejectedInAll => Interlocked.Read(ref _rejectedInAll) + Duplicates;

    public void Reject(string reason, long count)
    {
        lock (_rejected)
        {
            _rejected[reason] = _rejected.GetValueOrDefault(reason) + count;
        }

        Interlocked.Add(ref _rejectedInAll, count);
    }
}
