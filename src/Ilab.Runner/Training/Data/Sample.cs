namespace Ilab.Runner.Training.Data;

/// <summary>A tokenized record.</summary>
/// <param name="Line">Line number in the file, starting at 1.</param>
/// <param name="Learned">The loss mask: which tokens are trained on, given the preceding ones.</param>
internal sealed record Sample(int Line, int[] Tokens, bool[] Learned)
{
    public int LearnedCount => Learned.AsSpan(1).Count(true);
}

/// <summary>Statistics of the data.</summary>
/// <param name="Shape">The record format, e.g. <c>messages</c>.</param>
/// <param name="Cut">Lines whose record was truncated to the sequence length.</param>
/// <param name="AddedTemplate">The chat template that the trained model is given, because conversations were rendered with it and the model has none; or
/// null.</param>
/// <param name="Warnings">What was used instead of the model's template and why, with the number of records.</param>
internal sealed record DataReport(
    string Shape,
    int Samples,
    long Tokens,
    long Learned,
    int Shortest,
    int Longest,
    IReadOnlyList<int> Cut,
    string Digest,
    string? AddedTemplate,
    IReadOnlyDictionary<string, int> Warnings
)
{
    public double Mean => Samples == 0 ? 0 : (double)Tokens / Samples;
}

/// <summary>The samples of a file, and their statistics.</summary>
internal sealed record TrainingData(IReadOnlyList<Sample> Samples, DataReport Report);
