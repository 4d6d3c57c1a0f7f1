using Ilab.Engine.Generation.Leaves;

namespace Ilab.Engine.Generation;

/// <summary>What came of a leaf so far. Depends on seeds, answers and parameters alone, never on the order in which calls ended.</summary>
internal sealed class LeafResult(Leaf leaf)
{
    public Leaf Leaf => leaf;

    public List<GeneratedSample> Samples { get; } = [];

    /// <summary>By block and reason.</summary>
    public SortedDictionary<string, long> Rejected { get; } = new(StringComparer.Ordinal);

    public long Duplicates { get; set; }

    public long Calls { get; set; }

    public long PromptTokens { get; set; }

    public long AnswerTokens { get; set; }

    /// <summary>Whether all of it is there that was asked for.</summary>
    public bool IsComplete { get; set; }

    public long RejectedInAll => Rejected.Values.Sum() + Duplicates;

    public void Reject(string reason, long count) => Rejected[reason] = Rejected.GetValueOrDefault(reason) + count;
}
