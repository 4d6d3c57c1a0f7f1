namespace Ilab.Engine.Wizard.Facts;

/// <summary>How long records are, in tokens: all of them, or as many as were looked at.</summary>
/// <param name="Sorted">Lengths in tokens, the shortest first; at least one.</param>
/// <param name="Records">Records of the data; an estimate unless all were looked at.</param>
/// <param name="IsCounted">Whether the model's vocabulary counted them; otherwise four characters are taken for a token.</param>
public sealed record LengthFacts(IReadOnlyList<int> Sorted, long Records, bool IsCounted)
{
    /// <summary>Tokens that were taken for the markers of each message where no chat template could say it; 0 = the model's template set them.</summary>
    public int MarkersTaken { get; init; }

    public int Longest => Sorted[^1];

    public double Mean { get; } = Sorted.Average();

    /// <summary>Whether records were left out.</summary>
    public bool IsSample => Records > Sorted.Count;

    /// <summary>The length that this share of the records does not exceed.</summary>
    public int At(double share) => Sorted[Math.Clamp((int)Math.Ceiling(share * Sorted.Count) - 1, 0, Sorted.Count - 1)];

    /// <summary>The share of records that are longer.</summary>
    public double Above(int length) => Sorted.Count(value => value > length) / (double)Sorted.Count;

    /// <summary>Which records the figures come from, such as <c>120 records</c> or <c>512 of about 90000 records</c>.</summary>
    public string Source =>
        (IsSample ? $"{Sorted.Count} of about {Records} records" : $"{Records} record{(Records == 1 ? "" : "s")}")
        + (IsCounted ? "" : ", four characters taken for a token")
        + (MarkersTaken > 0 ? $", {MarkersTaken} tokens for the markers of a message" : "");
}
